import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from './line-process.js';

/** Does one unit of work and says how long it took. */
export type Ask = () => Promise<Answer>;

export interface RoundOptions {
  readonly rounds: number;
  /** Rounds that are run first and not counted. */
  readonly warmup: number;
  /** Quiet before each unit: both runtimes' threads spin on after their work (measured: 25 ms) and would slow the other. */
  readonly settleSeconds: number;
}

/** Asks both sides in turn, so that both see the same machine; who goes first alternates. */
export async function interleave(
  ours: Ask,
  theirs: Ask | null,
  { rounds, warmup, settleSeconds }: RoundOptions,
): Promise<{ ours: Answer[]; theirs: Answer[] | null }> {
  const answers = { ours: [] as Answer[], theirs: theirs && ([] as Answer[]) };
  for (let round = -warmup; round < rounds; round++) {
    const sides = [
      { ask: ours, into: answers.ours },
      { ask: theirs, into: answers.theirs },
    ];
    for (const { ask, into } of round % 2 === 0 ? sides : sides.reverse()) {
      if (!ask) continue;
      await sleep(settleSeconds * 1000);
      const answer = await ask();
      if (round >= 0) into?.push(answer);
    }
  }
  return answers;
}
