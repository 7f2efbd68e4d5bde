import { z } from 'zod';
import { roles } from './project.js';

/** GET /api/me */
export const meSchema = z.object({
  /** `local`: one person on this computer, no password. `team`: accounts and invites. */
  mode: z.enum(['local', 'team']),
  user: z.object({ id: z.string(), name: z.string(), email: z.string().nullable() }).nullable(),
  /** To be sent as `x-csrf-token` with everything that writes. */
  csrf: z.string(),
  version: z.string(),
});
export type Me = z.infer<typeof meSchema>;

/** POST /api/projects/:project/invites. The secret is in the answer and nowhere else. */
export const newInviteSchema = z.strictObject({
  role: z.enum(roles),
  uses: z.int().min(1).max(100_000).nullable().default(null),
  days: z.number().positive().max(365).default(14),
});
export const inviteSchema = z.object({
  id: z.string(),
  role: z.enum(roles),
  uses: z.int().nullable(),
  used: z.int(),
  expiresAt: z.iso.datetime(),
  revoked: z.boolean(),
});
export const createdInviteSchema = inviteSchema.extend({ link: z.string() });

/** POST /api/invites/accept : joins a project, as a guest with a name where nobody is signed in. */
export const acceptInviteSchema = z.strictObject({
  secret: z.string().max(200),
  name: z.string().trim().min(1).max(60),
});

export const memberSchema = z.object({
  rater: z.string(),
  name: z.string(),
  role: z.enum(roles),
  joinedAt: z.iso.datetime(),
  comparisons: z.int(),
});

/** POST /api/projects/:project/keys. The key is in the answer and nowhere else. */
export const newApiKeySchema = z.strictObject({ name: z.string().trim().min(1).max(60) });
export const apiKeySchema = z.object({
  id: z.string(),
  name: z.string(),
  prefix: z.string().describe('its first letters, to tell keys apart'),
  createdAt: z.iso.datetime(),
  lastUsedAt: z.iso.datetime().nullable(),
  revoked: z.boolean(),
});
export const createdApiKeySchema = apiKeySchema.extend({ key: z.string() });

/** GET /api/projects/:project/audit */
export const auditEntrySchema = z.object({
  at: z.iso.datetime(),
  actor: z.string(),
  action: z.string(),
  subject: z.string(),
  detail: z.record(z.string(), z.unknown()),
});
