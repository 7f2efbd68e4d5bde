import {
  createdInviteSchema,
  forgottenSchema,
  inviteSchema,
  memberSchema,
  type newInviteSchema,
  type Role,
  ratersSchema,
} from '@bradley/arena-contract';
import { z } from 'zod';
import { address, anything, request } from './request.js';

export type Member = z.infer<typeof memberSchema>;
export type Invite = z.infer<typeof inviteSchema>;
export type CreatedInvite = z.infer<typeof createdInviteSchema>;

export const listMembers = (project: string): Promise<Member[]> =>
  request(z.array(memberSchema), address`/api/projects/${project}/members`);

export const listRaters = (project: string): Promise<z.infer<typeof ratersSchema>> =>
  request(ratersSchema, address`/api/projects/${project}/raters`);

export const changeRole = (project: string, rater: string, role: Role): Promise<unknown> =>
  request(anything, address`/api/projects/${project}/members/${rater}`, { method: 'PATCH', body: { role } });

export const removeMember = (project: string, rater: string): Promise<unknown> =>
  request(anything, address`/api/projects/${project}/members/${rater}`, { method: 'DELETE' });

/** Forgets a rater, whose own id is `me`. */
export const forgetRater = (
  project: string,
  rater: string,
  how: 'delete' | 'anonymize',
): Promise<z.infer<typeof forgottenSchema>> =>
  request(forgottenSchema, address`/api/projects/${project}/raters/${rater}/forget`, { method: 'POST', body: { how } });

export const listInvites = (project: string): Promise<Invite[]> =>
  request(z.array(inviteSchema), address`/api/projects/${project}/invites`);

export const makeInvite = (project: string, invite: z.input<typeof newInviteSchema>): Promise<CreatedInvite> =>
  request(createdInviteSchema, address`/api/projects/${project}/invites`, { method: 'POST', body: invite });

export const revokeInvite = (project: string, id: string): Promise<unknown> =>
  request(anything, address`/api/projects/${project}/invites/${id}`, { method: 'DELETE' });
