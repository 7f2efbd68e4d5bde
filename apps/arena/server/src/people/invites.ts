import { randomUUID } from 'node:crypto';
import type { Role } from '@bradley/arena-contract';
import {
  createInvite,
  findInvite,
  findMember,
  type InviteRow,
  joinProject,
  recordAudit,
  returnInvite,
  takeInvite,
} from '@bradley/preferences';
import type { Arena } from '../context.js';
import type { Actor } from '../env.js';
import { Refusal } from '../refusal.js';
import { hashOf, newSecret } from '../security/secret-text.js';
import type { Accounts, SignedIn } from './accounts.js';
import { requireAccounts } from './require-accounts.js';

const dayMs = 86_400_000;

/** Makes an invite. The link is not kept, and holds the secret behind #, which browsers send to nobody. */
export async function invite(
  arena: Arena,
  by: { projectId: string; actor: Actor },
  { role, uses, days }: { role: Role; uses: number | null; days: number },
): Promise<{ row: InviteRow; link: string }> {
  requireAccounts(arena);
  const secret = newSecret();
  const row = await createInvite(arena.store, {
    ...{ id: randomUUID(), projectId: by.projectId, role, uses, hash: hashOf(secret), createdBy: by.actor.userId },
    expiresAt: new Date(Date.now() + days * dayMs),
  });
  await recordAudit(arena.store, {
    ...{ projectId: by.projectId, actor: by.actor.userId, action: 'invite.create', subject: row.id },
    detail: { role, uses, days },
  });
  return { row, link: `${arena.origin}/join#${secret}` };
}

export async function lookAtInvite(arena: Arena, secret: string) {
  const found = await findInvite(arena.store, hashOf(secret));
  if (found === null)
    throw new Refusal(404, 'no-invite', 'This invite is used up, withdrawn or out of date. Ask for another.');
  return found;
}

interface Joining {
  readonly name: string;
  readonly account?: { email: string; password: string } | undefined;
}

/** Joins the project of an invite, with a new account or as a guest where nobody is signed in. */
export async function acceptInvite(
  arena: Arena,
  actor: Actor | null,
  asked: Joining & { secret: string },
): Promise<{ project: string; role: Role; cookies: readonly string[] }> {
  const accounts = requireAccounts(arena);
  const { invite: found } = await lookAtInvite(arena, asked.secret);
  const project = found.projectId;
  const already = actor && (await findMember(arena.store, project, actor.userId));
  if (already) return { project, role: already.role, cookies: [] };
  const isGuest = actor ? actor.kind === 'guest' : asked.account === undefined;
  if (isGuest && found.role === 'owner')
    throw new Refusal(403, 'needs-account', 'An owner needs an account: give an e-mail address and a password.');
  if (!(await takeInvite(arena.store, found.id)))
    throw new Refusal(404, 'no-invite', 'This invite was just used up. Ask for another.');
  const { userId, cookies } = await signIn(accounts, actor, asked).catch(async (error: Error) => {
    await returnInvite(arena.store, found.id); // the link is good again, such as after signing in
    throw error;
  });
  const member = await joinProject(arena.store, { projectId: project, userId, name: asked.name, role: found.role });
  if (!member) throw new Refusal(404, 'no-invite', 'The project of this invite is gone.');
  await recordAudit(arena.store, {
    ...{ projectId: project, actor: userId, action: 'member.join', subject: member.raterId },
    detail: { invite: found.id, role: member.role },
  });
  return { project, role: member.role, cookies };
}

async function signIn(accounts: Accounts, actor: Actor | null, { name, account }: Joining): Promise<SignedIn> {
  if (actor) return { userId: actor.userId, cookies: [] };
  return account ? accounts.signUp({ name, ...account }) : accounts.signInGuest(name);
}
