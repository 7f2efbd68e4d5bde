import { acceptedInviteSchema, type acceptInviteSchema, inviteOfferSchema } from '@bradley/arena-contract';
import type { z } from 'zod';
import { request } from './request.js';

export type InviteOffer = z.infer<typeof inviteOfferSchema>;

export const lookAtInvite = (secret: string): Promise<InviteOffer> =>
  request(inviteOfferSchema, '/api/invites/look', { method: 'POST', body: { secret } });

export const acceptInvite = (
  acceptance: z.input<typeof acceptInviteSchema>,
): Promise<z.infer<typeof acceptedInviteSchema>> =>
  request(acceptedInviteSchema, '/api/invites/accept', { method: 'POST', body: acceptance });
