import type { RgbImage } from '@bradley/formats';
import type { Judge } from './judge.js';
import { pairQuestion } from './questions.js';

export interface PairVerdict {
  /** A tie too where the judge changed its mind with the order. */
  readonly winner: 'first' | 'second' | 'tie';
  /** What it said with the first picture as A, and with the second as A. */
  readonly asked: readonly ['first' | 'second' | 'tie', 'first' | 'second' | 'tie'];
  readonly consistent: boolean;
}

/**
 * Asks which of two pictures is better, in both orders: models prefer a position. Only a winner of both, or of one where the other is a
 * tie, wins.
 */
export async function comparePair(
  judge: Judge,
  { prompt, first, second }: { readonly prompt: string; readonly first: RgbImage; readonly second: RgbImage },
): Promise<PairVerdict> {
  const [forward, backward] = await Promise.all([
    judge.ask(pairQuestion(judge, prompt, first, second)),
    judge.ask(pairQuestion(judge, prompt, second, first)),
  ]);
  const asked = [
    ({ A: 'first', B: 'second', tie: 'tie' } as const)[forward],
    ({ A: 'second', B: 'first', tie: 'tie' } as const)[backward],
  ] as const;
  const winners = new Set(asked.filter((answer) => answer !== 'tie'));
  const [winner] = winners;
  return { winner: winners.size === 1 && winner ? winner : 'tie', asked, consistent: asked[0] === asked[1] };
}
