import { createHmac } from 'node:crypto';
import { adoptProjects, claimSetUp, hasAccounts, recordAudit, releaseSetUp } from '@bradley/preferences';
import type { Arena } from '../context.js';
import { Refusal } from '../refusal.js';
import { sameText } from '../security/same-text.js';
import type { Accounts, SignedIn } from './accounts.js';

/** Good until the first account is made. */
const setUpSecret = ({ secret }: Pick<Arena, 'secret'>): string =>
  createHmac('sha256', secret).update('set-up').digest('base64url');

/** Where the first account of a team's arena is made; null once there is one, and where there are none. The command prints it. */
export async function setUpLink(arena: Arena): Promise<string | null> {
  if (arena.mode === 'local' || (await hasAccounts(arena.store))) return null;
  return `${arena.origin}/set-up#${setUpSecret(arena)}`;
}

/** Makes the first account, which owns the projects that were made before there were accounts. */
export async function setUp(
  arena: Arena,
  accounts: Accounts,
  { secret, ...account }: { secret: string; name: string; email: string; password: string },
): Promise<SignedIn> {
  const wrong = new Refusal(
    403,
    'no-set-up',
    'This link is not good, or was used already. Sign in, or ask for an invite.',
  );
  if (!sameText(secret, setUpSecret(arena))) throw wrong;
  if ((await hasAccounts(arena.store)) || !(await claimSetUp(arena.store))) throw wrong;
  try {
    const signedIn = await accounts.signUp(account);
    await adoptProjects(arena.store, signedIn.userId, account.name);
    arena.members.forget();
    const { userId } = signedIn;
    await recordAudit(arena.store, { projectId: null, actor: userId, action: 'account.set-up', subject: userId });
    return signedIn;
  } catch (error) {
    await releaseSetUp(arena.store);
    throw error;
  }
}
