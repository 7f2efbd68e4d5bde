import type { Outcome } from '@bradley/preferences';

/** What becomes of candidates that none is set above another. */
export const tieRules = {
  tie: 'is recorded as a tie',
  stored: 'is decided by the order in which the candidates are stored, as Diffusion-DPO does',
  drop: 'is left out',
} as const;
export type TieRule = keyof typeof tieRules;

export interface DecideOptions {
  readonly outcome: 'winner' | 'ranking';
  /** Values that differ by as much, or less, are a tie: of a winner the best two, of a ranking the best and the worst. */
  readonly margin: number;
  readonly ties: TieRule;
}

/** The outcome that one number for each candidate, higher is better, gives; null where it is left out. */
export function decide(values: readonly number[], { outcome, margin, ties }: DecideOptions): Outcome | null {
  const order = values.map((_, i) => i).toSorted((a, b) => (values[b] as number) - (values[a] as number) || a - b);
  const value = (place: number): number => values[order.at(place) as number] as number;
  const tied = value(0) - value(outcome === 'winner' ? 1 : -1) <= margin;
  if (tied && ties === 'drop') return null;
  if (tied && ties === 'tie') return { kind: 'tie' };
  if (outcome === 'ranking') return { kind: 'ranking', order: tied ? order.toSorted((a, b) => a - b) : order };
  const first = values.findIndex((one) => value(0) - one <= margin);
  return { kind: 'winner', index: tied ? first : (order[0] as number) };
}
