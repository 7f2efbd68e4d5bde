import { setTimeout as delay } from 'node:timers/promises';
import type { Presentation } from '@bradley/arena-contract';
import { quantile } from '@bradley/evaluate';
import { type Browser, joinRater, nextOf, voteOn } from './rater.js';

export interface LoadOptions {
  readonly port: number;
  readonly invite: string;
  readonly raters: number;
  /** Between seeing and choosing, on average. */
  readonly thinkSeconds: number;
  readonly seconds: number;
  /** How many presentations are asked for at once: 1 asks before every vote, the page asks for 3. */
  readonly batch: number;
}

/** What one kind of request took. */
export interface Latency {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly most: number;
}

export interface LoadResult {
  readonly votesPerSecond: number;
  readonly vote: Latency;
  readonly next: Latency;
  readonly errors: number;
  readonly firstError: string | null;
  /** Of one core, by the process that plays the raters. */
  readonly clientShare: number;
}

/** Lets raters choose over HTTP, each on a connection of its own, as long as was asked for, and measures their requests. */
export async function runLoad({
  port,
  invite,
  raters,
  thinkSeconds,
  seconds,
  batch,
}: LoadOptions): Promise<LoadResult> {
  const browsers = await joinAll(port, invite, raters);
  const votes: number[] = [];
  const nexts: number[] = [];
  const failures: string[] = [];
  // What is measured is people who choose, not a thousand who come in at the same moment, and code that was run before.
  const warmUpSeconds = 4 * thinkSeconds + 3;
  const began = performance.now() + warmUpSeconds * 1000;
  const until = began + seconds * 1000;
  let cpu = process.cpuUsage();
  setTimeout(() => {
    cpu = process.cpuUsage();
  }, warmUpSeconds * 1000);
  const note = (into: number[], milliseconds: number) => {
    if (performance.now() >= began) into.push(milliseconds);
  };
  await Promise.all(
    browsers.map(async (browser) => {
      let shown: Presentation[] = [];
      // Nobody begins at the same moment.
      await delay(Math.random() * thinkSeconds * 1000);
      while (performance.now() < until) {
        try {
          if (shown.length === 0) {
            const next = await nextOf(browser, batch);
            note(nexts, next.milliseconds);
            shown = next.shown;
          }
          const one = shown.shift();
          if (!one) throw new Error('nothing is left to judge');
          // Exponential, as independent people are.
          const thinks = -Math.log(1 - Math.random()) * thinkSeconds * 1000;
          await delay(Math.min(thinks, until - performance.now()));
          if (performance.now() >= until) return;
          note(votes, (await voteOn(browser, one)).milliseconds);
        } catch (error) {
          failures.push(error instanceof Error ? error.message : String(error));
          await delay(100);
        }
      }
    }),
  );
  const { user, system } = process.cpuUsage(cpu);
  for (const browser of browsers) browser.close();
  return {
    votesPerSecond: votes.length / seconds,
    vote: latencyOf(votes),
    next: latencyOf(nexts),
    errors: failures.length,
    firstError: failures[0] ?? null,
    clientShare: (user + system) / 1e6 / seconds,
  };
}

/** Twenty at a time: what joining costs is not what is measured. */
async function joinAll(port: number, invite: string, raters: number): Promise<Browser[]> {
  const browsers: Browser[] = [];
  for (let first = 0; first < raters; first += 20)
    browsers.push(
      ...(await Promise.all(
        Array.from({ length: Math.min(20, raters - first) }, (_, i) => joinRater(port, invite, `Rater ${first + i}`)),
      )),
    );
  return browsers;
}

function latencyOf(milliseconds: readonly number[]): Latency {
  const ascending = Float64Array.from(milliseconds).sort();
  const at = (q: number) => quantile(ascending, q);
  return { count: milliseconds.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), most: at(1) };
}

export function formatLoad(
  title: string,
  { votesPerSecond, vote, next, errors, firstError, clientShare }: LoadResult,
): string {
  const of = ({ p50, p95, p99, most }: Latency) =>
    [p50, p95, p99, most].map((ms) => ms.toFixed(1).padStart(8)).join('');
  return [
    `${title}: ${votesPerSecond.toFixed(0)} votes/s, ${errors} errors${firstError ? ` (${firstError})` : ''}; the raters took ${(100 * clientShare).toFixed(0)} % of a core`,
    `  ms        p50     p95     p99    most`,
    `  vote ${of(vote)}   (${vote.count})`,
    `  next ${of(next)}   (${next.count})`,
  ].join('\n');
}
