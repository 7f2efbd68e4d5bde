import {
  beginSynpicPlan,
  finishSynpicPlan,
  type JobQueue,
  keepMedia,
  type MediaStore,
  type Store,
  type SynpicResult,
  synpicResultsOf,
} from '@bradley/preferences';
import { kindOf, type Plan } from './plan.js';
import { addUnfinished, openQueue, recordFinished } from './store-jobs.js';
import { type GenerateItem, generateItems, idOf, queueOf, queuesOf, scoreItems, type WorkItem } from './work-item.js';

const promptsAtOnce = 250;

/**
 * Puts all work of a plan that is not done into the queues, pictures that are there already into the store, and takes out what a plan of
 * that name had and this one has not. May be done again at any time.
 */
export async function makePlan(
  store: Store,
  media: MediaStore,
  plan: Plan,
  onProgress: (prompts: number) => void = () => {},
): Promise<void> {
  await beginSynpicPlan(store, plan.name, plan);
  const queue = await openQueue(store, plan);
  try {
    const sources = [
      ...Object.keys(plan.generators).map((source) => ({ kind: 'generate' as const, source })),
      ...plan.scorers.map((source) => ({ kind: 'score' as const, source })),
    ];
    for (const source of sources) await queue.open(queueOf(plan.name, source));
    await queue.clear(queuesOf(plan.name));
    for (let from = 0; from < plan.prompts.length; from += promptsAtOnce) {
      await planSome(store, media, queue, plan, generateItems(plan, from, from + promptsAtOnce));
      onProgress(Math.min(from + promptsAtOnce, plan.prompts.length));
    }
    await finishSynpicPlan(store, plan.name);
  } finally {
    await queue.close();
  }
}

async function planSome(
  store: Store,
  media: MediaStore,
  queue: JobQueue,
  plan: Plan,
  items: readonly GenerateItem[],
): Promise<void> {
  await takeGiven(store, media, queue, plan, items);
  const done = await synpicResultsOf(store, plan.name, items.map(idOf));
  const work = items.flatMap((item): readonly WorkItem[] => {
    const picture = done.get(idOf(item))?.media;
    return picture ? scoreItems(plan, item, picture) : [item];
  });
  await addUnfinished(store, queue, plan.name, work);
}

/** Pictures that were made elsewhere. They cost nothing here. */
async function takeGiven(
  store: Store,
  media: MediaStore,
  queue: JobQueue,
  plan: Plan,
  items: readonly GenerateItem[],
): Promise<void> {
  for (const [name, generator] of Object.entries(plan.generators)) {
    const kind = kindOf(generator);
    if (!kind.given) continue;
    const mine = items.filter(({ source }) => source === name);
    const done = await synpicResultsOf(store, plan.name, mine.map(idOf));
    const missing = mine.filter((item) => !done.has(idOf(item)));
    if (missing.length === 0) continue;
    const opened = await kind.open(generator.settings, {});
    const results: SynpicResult[] = [];
    for (const item of missing) {
      const [kept] = await keepMedia(store, media, [{ bytes: await opened.draw(item.prompt, item.seed) }]);
      results.push({
        ...{
          plan: plan.name,
          job: idOf(item),
          kind: 'generate',
          source: name,
          media: kept?.sha256 ?? null,
          worker: 'given',
        },
        ...{ score: null, rater: null, wallSeconds: 0, cpuSeconds: 0, openingSeconds: 0 },
      });
    }
    await opened.release();
    await recordFinished(store, queue, plan, missing, results);
  }
}
