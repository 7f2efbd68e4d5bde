import type { Arena } from '../context.js';
import { Refusal } from '../refusal.js';
import type { Accounts } from './accounts.js';

/** For what only a team has. */
export function requireAccounts({ accounts }: Pick<Arena, 'accounts'>): Accounts {
  if (accounts === null)
    throw new Refusal(409, 'local-mode', 'This arena is for one person. Start it with --team to invite others.');
  return accounts;
}
