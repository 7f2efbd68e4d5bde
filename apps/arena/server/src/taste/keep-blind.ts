import { findMember, findProject, verdictPairs } from '@bradley/preferences';
import { createMiddleware } from 'hono/factory';
import type { Arena } from '../context.js';
import type { ArenaEnv } from '../env.js';
import { Refusal } from '../refusal.js';

/** What may be asked of a verdict's project: at any time, and while something is still to be judged. */
const writes = new Set(['votes', 'consent', 'verdict', 'taste']);
const blindReads = new Set(['', 'next', 'verdict', 'taste']);
const undo = 'votes/undo';

/**
 * Keeps the blind judgement of a training blind, and what it found as it was found. Before all is judged nothing is told of a
 * verdict's project that could say which picture is whose: no comparisons, statistics, leaderboard, exports or whatever is added to
 * the server. After that nothing of it can be changed, but for another round.
 */
export function keepBlind(arena: Pick<Arena, 'store' | 'verdicts'>) {
  // What a project judges never changes, so votes cost no query for it; but it may be deleted, and its id be taken by a verdict.
  const ordinary = new Map<string, number>();
  return createMiddleware<ArenaEnv>(async (c, next) => {
    const id = c.req.param('project') ?? '';
    if ((ordinary.get(id) ?? 0) > Date.now()) {
      await next();
      if (isDeletion(c.req)) ordinary.delete(id);
      return;
    }
    const project = await findProject(arena.store, id);
    if (!project?.verdictOf) {
      if (ordinary.size >= 10_000) ordinary.clear();
      if (project && !isDeletion(c.req)) ordinary.set(id, Date.now() + rememberedFor);
      return next();
    }
    const actor = c.get('actor');
    const isStranger = actor?.kind !== 'local' && !(actor && (await findMember(arena.store, id, actor.userId)));
    if (isStranger) return next(); // whose role is asked for further on, and who does not learn that there is a verdict
    arena.verdicts.begin(id); // nothing, unless pictures are missing since the server was started
    const part = c.req.path.split('/').slice(4).join('/');
    if (c.req.method === 'GET') {
      if (!blindReads.has(part) && !(await isJudged(arena, id)))
        throw new Refusal(
          409,
          'blind',
          'This is told once every pair of the verdict is judged: it would say which is which.',
        );
    } else if (part === undo) {
      if (await isJudged(arena, id))
        throw new Refusal(409, 'judged', 'The verdict has been told: its choices stay as they were made.');
    } else if (!writes.has(part))
      throw new Refusal(409, 'verdict', 'A verdict is judged and nothing else: it cannot be changed or added to.');
    return next();
  });
}

/** Other servers on the same database delete projects too. */
const rememberedFor = 60_000;

const isDeletion = ({ method, path }: { method: string; path: string }): boolean =>
  method === 'DELETE' && path.split('/').length === 4;

/** Whether every pair that was planned is judged. */
export async function isJudged({ store }: Pick<Arena, 'store'>, projectId: string): Promise<boolean> {
  const pairs = await verdictPairs(store, projectId);
  return pairs.length > 0 && pairs.every(({ outcome }) => outcome !== null);
}
