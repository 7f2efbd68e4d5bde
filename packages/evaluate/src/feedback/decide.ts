import type { Outcome } from '@bradley/preferences';

/** What becomes of candidates that none is set above another. */
export const tieRules = {
  tie: 'is recorded as a tie; of the best of more, which tie among themselves alone, as equal shares',
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
  const best = values.map((one) => value(0) - one <= margin);
  if (tied && ties === 'tie') return best.includes(false) ? { kind: 'shares', p: sharedBy(best) } : { kind: 'tie' };
  if (outcome === 'ranking') return { kind: 'ranking', order: tied ? order.toSorted((a, b) => a - b) : order };
  return { kind: 'winner', index: tied ? best.indexOf(true) : (order[0] as number) };
}

/** A tie of all would say that the worst is as good as the best. */
function sharedBy(best: readonly boolean[]): number[] {
  const count = best.filter((is) => is).length;
  return best.map((is) => (is ? 1 / count : 0));
}
