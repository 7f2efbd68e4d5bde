import { type Leaderboard, projectSettingsSchema, type Statistics } from '@bradley/arena-contract';
import type { StrengthPosterior } from '@bradley/evaluate';
import {
  expectedAnswers,
  findProject,
  insightRows,
  raterNames,
  type Store,
  type Tally,
  tallyComparisons,
} from '@bradley/preferences';
import { notFound } from '../refusal.js';
import { openThread } from './insight-thread.js';

/** What is known of a project's comparisons. Computed in a thread of its own, kept, and made anew when there are others. */
export interface Insight {
  statistics(projectId: string): Promise<Statistics>;
  leaderboard(projectId: string, question: string): Promise<Leaderboard>;
  /** The strengths as they were computed last, at once; asks for newer ones beside. */
  posterior(projectId: string, question: string): StrengthPosterior | null;
  close(): Promise<void>;
}

/** An answer that took t milliseconds to make is good for 20 t, between these bounds, and for 4 t at least. */
const freshFor = (took: number): number => Math.max(Math.min(Math.max(20 * took, 250), 5000), 4 * took);
/** Rows a query fetches at once. PGlite computes on this thread, and holds up votes meanwhile. */
const slice = 500;
const mostKept = 200;
/** What failed is tried again after this. */
const failedFor = 1000;

interface Kept {
  answer: Promise<unknown>;
  latest: unknown;
  until: number;
}

export function openInsight(store: Store): Insight {
  const thread = openThread();
  /** What the thread was given of each project. */
  const given = new Map<string, Tally>();
  const kept = new Map<string, Kept>();
  let busy: Promise<unknown> = Promise.resolve();

  /** Hands over what is new; all of it where something else than more has happened. */
  const handOver = async (projectId: string): Promise<Tally> => {
    const tally = await tallyComparisons(store, projectId);
    if (thread.forgot()) given.clear();
    const before = given.get(projectId);
    const grown =
      before !== undefined &&
      before.withdrawn === tally.withdrawn &&
      before.corrections === tally.corrections &&
      before.anonymous === tally.anonymous;
    const added = grown ? await give(projectId, before.last, false) : 0;
    if (!grown || (before?.comparisons ?? 0) + added !== tally.comparisons) await give(projectId, 0, true);
    given.set(projectId, tally);
    return tally;
  };
  const give = async (projectId: string, after: number, anew: boolean): Promise<number> => {
    let added = 0;
    for (let first = anew, last = after; ; first = false) {
      const rows = await insightRows(store, projectId, last, slice);
      await thread.ask({ kind: 'rows', project: projectId, rows, anew: first });
      added += rows.length;
      last = rows.at(-1)?.seq ?? last;
      if (rows.length < slice) return added;
    }
  };

  /** One question after the other: each hands over what the thread lacks. */
  const compute = <Answer>(key: string, make: () => Promise<Answer>): Promise<Answer> => {
    const now = Date.now();
    const known = kept.get(key);
    if (known && now < known.until) return known.answer as Promise<Answer>;
    const entry: Kept = { answer: busy, latest: known?.latest, until: Number.POSITIVE_INFINITY };
    let started = now;
    const answer = busy
      .catch(() => {})
      .then(() => thread.ready())
      .then(() => {
        started = Date.now();
        return make();
      });
    entry.answer = answer;
    busy = answer;
    kept.delete(key);
    kept.set(key, entry);
    for (const old of kept.keys()) if (kept.size > mostKept) kept.delete(old);
    answer.then(
      (latest) => {
        entry.latest = latest;
        entry.until = Date.now() + freshFor(Date.now() - started);
      },
      () => {
        entry.until = Date.now() + failedFor;
      },
    );
    return answer;
  };

  return {
    statistics: (projectId) =>
      compute(`statistics ${projectId}`, async () => {
        const project = await findProject(store, projectId);
        if (!project) throw notFound(`The project ${JSON.stringify(projectId)}`);
        const questions = projectSettingsSchema.parse(project.settings).questions.map(({ id }) => id);
        const { withdrawn } = await handOver(projectId);
        const [raters, expected] = [await raterNames(store, projectId), await expectedAnswers(store, projectId)];
        return thread.ask({ kind: 'statistics', project: projectId, withdrawn, questions, raters, expected });
      }),
    leaderboard: (projectId, question) =>
      compute(`leaderboard ${projectId} ${question}`, async () => {
        await handOver(projectId);
        return thread.ask({ kind: 'leaderboard', project: projectId, question });
      }),
    posterior(projectId, question) {
      const key = `posterior ${projectId} ${question}`;
      compute(key, async () => {
        await handOver(projectId);
        return thread.ask({ kind: 'posterior', project: projectId, question });
      }).catch(() => {}); // chance decides until it works again
      return (kept.get(key)?.latest ?? null) as StrengthPosterior | null;
    },
    close: () => thread.close(),
  };
}
