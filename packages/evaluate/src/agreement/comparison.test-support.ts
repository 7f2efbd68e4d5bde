import type { Comparison, Outcome } from '@bradley/preferences';

/** A comparison of candidates named by single letters, `'ab'`; the rest by what a test is about. */
export function comparison(
  media: string,
  outcome: Outcome,
  about: Partial<Omit<Comparison, 'candidates' | 'outcome'>> = {},
): Comparison {
  return {
    id: 'c',
    prompt: 'a fox',
    question: 'overall',
    candidates: [...media].map((letter) => ({ media: letter })),
    outcome,
    ...about,
  };
}

export const winner = (index: number): Outcome => ({ kind: 'winner', index });
