import { openScorer, type Scorer } from '@bradley/evaluate';
import { decodeImage } from '@bradley/formats';
import { scorerRater, teachersOf } from '@bradley/preferences';
import { scorerTable } from '../scorers.js';
import type { Generator } from './generators/generator-kind.js';
import type { Finished, Jobs, WorkLease } from './jobs.js';
import { kindOf, type PlannedGenerator } from './plan.js';
import type { GenerateItem, ScoreItem } from './work-item.js';

/** A generator or scorer cannot be opened here: that says nothing of the work, which another worker may do. */
export class OpeningError extends Error {
  override readonly name = 'OpeningError';
}

/** Does work, holding the last generator or scorer that it needed. Paths are from the working directory. */
export interface Workbench {
  /** Work of one source. */
  run(leases: readonly WorkLease[], jobs: Pick<Jobs, 'picture'>): Promise<Finished[]>;
  release(): Promise<void>;
}

interface Held {
  readonly key: string;
  readonly opened: Generator | Scorer;
}

export function openWorkbench({ threads }: { readonly threads?: number | undefined } = {}): Workbench {
  let held: Held | null = null;

  /** What is held if it is this, else it is opened; and how many seconds that took. */
  const hold = async <Opened extends Generator | Scorer>(name: string, key: string, open: () => Promise<Opened>) => {
    if (held?.key === key) return { opened: held.opened as Opened, openingSeconds: 0 };
    await held?.opened.release();
    held = null;
    const start = performance.now();
    const opened = await open().catch((cause: Error) => {
      throw new OpeningError(`${name} cannot be opened by this worker: ${cause.message}`, { cause });
    });
    held = { key, opened };
    return { opened, openingSeconds: (performance.now() - start) / 1000 };
  };

  const generate = async (leases: readonly WorkLease[]): Promise<Finished[]> => {
    const finished: Finished[] = [];
    for (const lease of leases) {
      const { source, generator, prompt, seed } = lease.data as GenerateItem;
      const key = JSON.stringify(generator);
      const { opened, openingSeconds } = await hold(`the generator ${source}`, key, () =>
        openPinned(generator, threads),
      );
      const { value: picture, ...cost } = await timed(() => opened.draw(prompt, seed));
      finished.push({ lease, result: { kind: 'generate', picture }, ...cost, openingSeconds });
    }
    return finished;
  };

  const score = async (leases: readonly WorkLease[], { picture }: Pick<Jobs, 'picture'>): Promise<Finished[]> => {
    const items = leases.map(({ data }) => data as ScoreItem);
    const spec = items[0]?.source ?? '';
    const { opened: scorer, openingSeconds } = await hold(`the scorer ${spec}`, spec, () =>
      openScorer(spec, threads ? { threads } : {}, scorerTable),
    );
    const { value: scores, ...cost } = await timed(async () => {
      const pictures = await Promise.all(
        items.map(async ({ media, prompt }) => {
          const image = await decodeImage(await picture(media), { name: media });
          return { prompt, image, sha256: media };
        }),
      );
      return scorer.score(pictures);
    });
    const [wallSeconds, cpuSeconds] = [cost.wallSeconds / items.length, cost.cpuSeconds / items.length];
    return leases.map((lease, i) => {
      const number = scores[i];
      if (number === undefined || !Number.isFinite(number))
        throw new Error(`${spec} gave ${number} for a picture of "${items[i]?.prompt}", where a finite number is due`);
      const teachers = i === 0 ? { teachers: teachersOf([scorer]) } : {}; // of a batch once
      const result = { kind: 'score' as const, score: number, rater: scorerRater(scorer), ...teachers };
      return { lease, result, wallSeconds, cpuSeconds, openingSeconds: i === 0 ? openingSeconds : 0 };
    });
  };

  return {
    run: (leases, jobs) => (leases[0]?.data.kind === 'score' ? score(leases, jobs) : generate(leases)),
    async release() {
      await held?.opened.release();
      held = null;
    },
  };
}

/** @throws Error where a file is not the one that was planned with */
async function openPinned(generator: PlannedGenerator, threads: number | undefined): Promise<Generator> {
  const kind = kindOf(generator);
  const pins = await kind.pin(generator.settings);
  for (const [what, planned] of Object.entries(generator.pins))
    if (pins[what] !== planned)
      throw new Error(
        `${what} has the sha256 ${pins[what] ?? 'of nothing'}, and the job was planned with ${planned}. Start it anew, or put the file back.`,
      );
  return kind.open(kind.settings.parse(generator.settings), { threads }); // planned before a setting was there, it has its default
}

/** What something costs: time on the clock, and of this process's processors, the kernels' threads included. */
async function timed<Value>(
  run: () => Promise<Value>,
): Promise<{ value: Value; wallSeconds: number; cpuSeconds: number }> {
  const [start, before] = [performance.now(), process.cpuUsage()];
  const value = await run();
  const { user, system } = process.cpuUsage(before);
  return { value, wallSeconds: (performance.now() - start) / 1000, cpuSeconds: (user + system) / 1e6 };
}
