import { parentPort } from 'node:worker_threads';
import type { Random } from '@bradley/evaluate';
import type { InsightRow } from '@bradley/preferences';
import { uniform } from '@bradley/runtime';
import type { Ask, Told } from './ask.js';
import { leaderboardOf, posteriorOf } from './ranking-of.js';
import { statisticsOf } from './statistics-of.js';

/** The comparisons of the projects that were asked for last. */
const kept = new Map<string, InsightRow[]>();
const mostProjects = 3;

const asks: { readonly [Kind in Ask['kind']]: (ask: Extract<Ask, { kind: Kind }>) => unknown } = {
  ready: () => undefined,
  rows: ({ project, rows, anew }) => {
    const known = (anew ? undefined : kept.get(project)) ?? [];
    for (const row of rows) known.push(row);
    kept.delete(project);
    kept.set(project, known);
    for (const old of kept.keys()) if (kept.size > mostProjects) kept.delete(old);
    return known.length;
  },
  statistics: ({ project, ...data }) => statisticsOf({ ...data, rows: rowsOf(project) }, stream),
  leaderboard: ({ project, question }) => leaderboardOf(rowsOf(project), question, stream()),
  posterior: ({ project, question }) => posteriorOf(rowsOf(project), question),
};

function rowsOf(project: string): InsightRow[] {
  const rows = kept.get(project);
  if (!rows) throw new Error(`the comparisons of ${project} were not handed over`);
  return rows;
}

/** The same numbers for the same data: an interval does not tremble when it is looked at again. */
function stream(): Random {
  const length = 4096;
  let block = uniform({ seed: 1, stream: 'insight', step: 0, index: 0 }, length);
  let at = 0;
  let step = 0;
  return () => {
    if (at === length) {
      step++;
      block = uniform({ seed: 1, stream: 'insight', step, index: 0 }, length);
      at = 0;
    }
    return block[at++] ?? 0;
  };
}

parentPort?.on('message', ({ number, ask }: { number: number; ask: Ask }) => {
  const tell = (told: Told) => parentPort?.postMessage(told);
  try {
    tell({ number, answer: (asks[ask.kind] as (ask: Ask) => unknown)(ask) });
  } catch (error) {
    tell({ number, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
});
