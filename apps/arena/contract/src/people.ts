import { z } from 'zod';
import { roles } from './project.js';

/** GET /api/me */
export const meSchema = z.object({
  /** `local`: one person on this computer, no password. `team`: accounts and invites. */
  mode: z.enum(['local', 'team']),
  user: z
    .object({
      id: z.string(),
      name: z.string(),
      /** A guest came by an invite link and has no password: signed out, there is no way back in. */
      kind: z.enum(['local', 'user', 'guest']),
    })
    .nullable(),
  /** To be sent as `x-csrf-token` with everything that writes. It changes with signing in and out. */
  csrf: z.string(),
  version: z.string(),
});
export type Me = z.infer<typeof meSchema>;

const nameSchema = z.string().trim().min(1).max(60);
const credentials = {
  email: z.email().max(254),
  password: z.string().min(12, 'needs 12 characters or more').max(128),
};

/** POST /api/set-up : makes the first account, with the secret that the command printed; later ones are made by invites. */
export const setUpSchema = z.strictObject({ secret: z.string().max(200), name: nameSchema, ...credentials });

/** POST /api/session signs in, DELETE /api/session signs out; 204. */
export const signInSchema = z.strictObject({ email: z.string().max(254), password: z.string().max(128) });

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

/** The link of an invite is `/join#` and the secret: what stands after # is in no log. */
const inviteSecret = z.string().max(200);

/** POST /api/invites/look : what an invite invites to. */
export const lookAtInviteSchema = z.strictObject({ secret: inviteSecret });
export const inviteOfferSchema = z.object({
  project: z.string().describe('id'),
  name: z.string(),
  role: z.enum(roles),
  expiresAt: z.iso.datetime(),
});

/**
 * POST /api/invites/accept : joins a project. Where nobody is signed in, an account is made if there is an e-mail address and a
 * password, else a guest, who can only be a rater or a viewer.
 */
export const acceptInviteSchema = z.strictObject({
  secret: inviteSecret,
  name: nameSchema,
  account: z.strictObject(credentials).optional(),
});
export const acceptedInviteSchema = z.object({ project: z.string(), role: z.enum(roles) });

export const memberSchema = z.object({
  rater: z.string(),
  name: z.string(),
  role: z.enum(roles),
  joinedAt: z.iso.datetime(),
  comparisons: z.int(),
});

/** GET /api/projects/:project/raters : everybody who chose or may choose; those who can come in first. */
export const ratersSchema = z.object({
  raters: z.array(z.object({ id: z.string(), name: z.string() })).describe('the first five hundred'),
  total: z.int(),
});

/** PATCH /api/projects/:project/members/:rater. DELETE removes the member and keeps what was chosen. */
export const memberChangeSchema = z.strictObject({ role: z.enum(roles) });

/**
 * POST /api/projects/:project/raters/:rater/forget : by the rater, whose own id is `me`, or by an owner. `delete` removes the choices
 * too; `anonymize` keeps them as nobody's.
 */
export const forgetSchema = z.strictObject({ how: z.enum(['delete', 'anonymize']) });
export const forgottenSchema = z.object({ comparisons: z.int().describe('deleted, or made nobody’s') });

/** POST /api/projects/:project/keys. The key is in the answer and nowhere else. */
export const newApiKeySchema = z.strictObject({
  name: nameSchema,
  /** Sites whose pages may use the key, such as https://shop.example; none: it is used by servers only. */
  origins: z
    .array(z.string().regex(/^https?:\/\/[a-z0-9.-]+(:\d+)?$/, 'is an origin, such as https://shop.example'))
    .max(20)
    .default([]),
});
export const apiKeySchema = z.object({
  id: z.string(),
  name: z.string(),
  prefix: z.string().describe('its first letters, to tell keys apart'),
  origins: z.array(z.string()),
  createdAt: z.iso.datetime(),
  lastUsedAt: z.iso.datetime().nullable(),
  revoked: z.boolean(),
});
export const createdApiKeySchema = apiKeySchema.extend({ key: z.string() });

/** GET /api/projects/:project/audit : newest first. */
export const auditQuerySchema = z.strictObject({
  before: z.coerce.number().int().positive().optional().describe('cursor of the page before'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export const auditEntrySchema = z.object({
  at: z.iso.datetime(),
  actor: z.string(),
  actorName: z.string().nullable().describe('in the project; null where the actor left it, or asked to be forgotten'),
  action: z.string(),
  subject: z.string(),
  detail: z.record(z.string(), z.unknown()),
});
export const auditPageSchema = z.object({
  entries: z.array(auditEntrySchema),
  next: z.int().nullable().describe('cursor'),
});
