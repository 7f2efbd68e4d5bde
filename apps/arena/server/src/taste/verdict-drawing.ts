import { addTasks, type Candidate, findProject, type JudgedPair, keepMedia, verdictPairs } from '@bradley/preferences';
import type { Arena } from '../context.js';
import type { Drawer } from '../services.js';
import { adapterOf } from './trained-run.js';

/** Draws the pictures of blind judgements beside the requests, one project once at a time. */
export interface VerdictDrawing {
  /** Goes on with what is still to be drawn, if anything; called again after a restart or a failure it draws what is left. */
  begin(projectId: string): void;
  /** Why the last attempt ended early, or null. */
  problem(projectId: string): string | null;
}

export function openVerdictDrawing(arena: Arena): VerdictDrawing {
  const under = new Set<string>();
  const problems = new Map<string, string>();
  return {
    begin(projectId) {
      if (under.has(projectId)) return;
      under.add(projectId);
      drawAll(arena, projectId)
        .then(() => problems.delete(projectId))
        .catch((error: Error) => {
          if (arena.closing.aborted) return;
          problems.set(projectId, error.message);
          arena.log(`verdict ${projectId}: ${error.stack ?? error.message}`);
        })
        .finally(() => under.delete(projectId));
    },
    problem: (projectId) => problems.get(projectId) ?? null,
  };
}

async function drawAll(arena: Arena, projectId: string): Promise<void> {
  const pairs = (await verdictPairs(arena.store, projectId)).filter(({ candidates }) => candidates === null);
  if (pairs.length === 0) return;
  const { drawer } = arena.services;
  const run = (await findProject(arena.store, projectId))?.verdictOf;
  const adapter = run && (await adapterOf(arena.services.runs.folder, run));
  if (!drawer) throw new Error('this server has no model to draw with.');
  if (!adapter) throw new Error(`the LoRA of the run ${run} is not there any more.`);
  for (const pair of pairs) await drawPair(arena, drawer, projectId, pair, { run, adapter });
}

/** Both pictures from the same seed, so that they differ by the training alone. The task comes when both are there. */
async function drawPair(
  arena: Arena,
  drawer: Drawer,
  projectId: string,
  { prompt, seed, afterFirst, taskId }: JudgedPair,
  trained: { run: string; adapter: string },
): Promise<void> {
  const drawn = async (adapter: string | null): Promise<Candidate> => {
    const [picture] = await drawer.draw({ prompt, seeds: [seed], adapter }, arena.closing);
    if (!picture) throw new Error(`"${prompt}" was not drawn.`);
    const { model, steps, guidance } = drawer;
    const made = { model, seed, steps, guidance, ...(adapter === null ? {} : { adapter: trained.run }) };
    const [kept] = await keepMedia(arena.store, arena.media, [{ bytes: picture.png }]);
    return { media: kept?.sha256 ?? '', ...made };
  };
  const before = await drawn(null);
  const after = await drawn(trained.adapter);
  await addTasks(arena.store, projectId, [
    { id: taskId, prompt, candidates: afterFirst ? [after, before] : [before, after] },
  ]);
}
