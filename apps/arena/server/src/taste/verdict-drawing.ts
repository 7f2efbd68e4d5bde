import { addTasks, type Candidate, findProject, type JudgedPair, keepMedia, verdictPairs } from '@bradley/preferences';
import type { Arena } from '../context.js';
import type { Drawer } from '../services.js';
import { refreshTask } from '../voting/project-state.js';
import { projectState } from '../voting/voting.js';
import { adapterOf } from './trained-run.js';

/** Draws the pictures of blind judgements beside the requests, one project once at a time. */
export interface VerdictDrawing {
  /** Goes on with what is still to be drawn, if anything is. Costs nothing where that is known to be nothing. */
  begin(projectId: string): void;
  /** Looks anew at what is to be drawn: a round was planned. */
  planned(projectId: string): void;
  /** Why the last attempt ended early, or null. */
  problem(projectId: string): string | null;
  /** Returns once nothing is being drawn any more: the arena is closing. */
  ended(): Promise<void>;
}

type Drawing = Pick<Arena, 'store' | 'media' | 'services' | 'stock' | 'voting' | 'log' | 'closing'>;

/** After a failure nothing is tried again for this long, however often it is asked for. */
const pause = 5000;

export function openVerdictDrawing(arena: Drawing): VerdictDrawing {
  const under = new Map<string, Promise<void>>();
  const drawn = new Set<string>();
  const problems = new Map<string, { message: string; at: number }>();

  const begin = (projectId: string): void => {
    const failed = problems.get(projectId);
    if (arena.closing.aborted || under.has(projectId) || drawn.has(projectId)) return;
    if (failed && Date.now() - failed.at < pause) return;
    arena.stock.elsewhere(projectId, 1); // until it is known how many: who asks meanwhile waits
    const work = drawAll(arena, projectId)
      .then(() => {
        problems.delete(projectId);
        drawn.add(projectId);
      })
      .catch((error: Error) => {
        if (arena.closing.aborted) return;
        problems.set(projectId, { message: error.message, at: Date.now() });
        arena.log(`verdict ${projectId}: ${error.stack ?? error.message}`);
      })
      .finally(() => {
        under.delete(projectId);
        arena.stock.elsewhere(projectId, 0);
      });
    under.set(projectId, work);
  };
  return {
    begin,
    planned(projectId) {
      drawn.delete(projectId);
      begin(projectId);
    },
    problem: (projectId) => problems.get(projectId)?.message ?? null,
    ended: async () => void (await Promise.all(under.values())),
  };
}

async function drawAll(arena: Drawing, projectId: string): Promise<void> {
  const { services, stock } = arena;
  const pairs = (await verdictPairs(arena.store, projectId)).filter(({ candidates }) => candidates === null);
  if (pairs.length === 0) return;
  const run = (await findProject(arena.store, projectId))?.verdictOf;
  const adapter = run && (await adapterOf(services.runs.folder, run));
  if (!services.drawer) throw new Error('this server has no model to draw with.');
  if (!adapter) throw new Error(`the LoRA of the run ${run} is not there any more.`);
  for (const [i, pair] of pairs.entries()) {
    stock.elsewhere(projectId, pairs.length - i);
    await drawPair(arena, services.drawer, projectId, pair, { run, adapter });
  }
}

/** Both pictures from the same seed, so that they differ by the training alone. The task comes when both are there. */
async function drawPair(
  { store, media, voting, closing }: Drawing,
  drawer: Drawer,
  projectId: string,
  { prompt, seed, afterFirst, taskId }: JudgedPair,
  trained: { run: string; adapter: string },
): Promise<void> {
  const drawn = async (adapter: string | null): Promise<Candidate> => {
    const [picture] = await drawer.draw({ prompt, seeds: [seed], adapter }, closing);
    if (!picture) throw new Error(`"${prompt}" was not drawn.`);
    const { model, steps, guidance, adapterStrength } = drawer;
    const named = adapterStrength === 1 ? trained.run : `${trained.run}:${adapterStrength}`;
    const made = { model, seed, steps, guidance, ...(adapter === null ? {} : { adapter: named }) };
    const [kept] = await keepMedia(store, media, [{ bytes: picture.png }]);
    return { media: kept?.sha256 ?? '', ...made };
  };
  const before = await drawn(null);
  const after = await drawn(trained.adapter);
  const candidates = afterFirst ? [after, before] : [before, after];
  await addTasks(store, projectId, [{ id: taskId, prompt, candidates }]);
  await refreshTask(store, await projectState(voting, projectId), taskId);
}
