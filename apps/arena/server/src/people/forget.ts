import { countOwners, deleteLoneGuest, type Forgetting, forgetRater, userOfRater } from '@bradley/preferences';
import type { Arena } from '../context.js';
import type { Actor } from '../env.js';
import { notFound, Refusal } from '../refusal.js';

export const lastOwner = (): Refusal =>
  new Refusal(409, 'last-owner', 'This is the last owner of the project. Make somebody else one first.');

/**
 * Forgets a rater of a project: name, consent, sessions of a guest, and the choices or who made them. Returns how many choices. The
 * audit trail says that it was done and by whom, by ids that then mean nobody.
 */
export async function forget(
  arena: Arena,
  { projectId, raterId, how, actor }: { projectId: string; raterId: string; how: Forgetting; actor: Actor },
): Promise<number> {
  const { store } = arena;
  const rater = await userOfRater(store, projectId, raterId);
  if (!rater) throw notFound('The rater');
  const isLast = rater.role === 'owner' && rater.userId !== null && (await countOwners(store, projectId)) === 1;
  if (isLast && arena.mode === 'team') throw lastOwner();
  const comparisons = await forgetRater(store, projectId, raterId, how, actor.userId);
  if (rater.userId !== null) await deleteLoneGuest(store, rater.userId);
  arena.members.forget();
  return comparisons;
}
