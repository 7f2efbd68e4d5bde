import type { StoredComparison } from '@bradley/arena-contract';
import { z } from 'zod';
import { nameOfKind } from '../results/kinds.js';

/** The outcomes that say which candidate is better; of the others only the kind matters here. */
const decided = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('winner'), index: z.int() }),
  z.object({ kind: z.literal('ranking'), order: z.array(z.int()) }),
  z.object({ kind: z.literal('shares'), p: z.array(z.number()) }),
]);

type Judged = Pick<StoredComparison, 'candidates' | 'outcome'>;

/** The place of each candidate, 1 the best; null where the outcome gives it none. */
export function placesOf({ candidates, outcome }: Judged): (number | null)[] {
  const known = decided.safeParse(outcome).data;
  if (known?.kind === 'winner') return candidates.map((_, index) => (index === known.index ? 1 : null));
  if (known?.kind === 'ranking') return candidates.map((_, index) => known.order.indexOf(index) + 1 || null);
  return candidates.map(() => null);
}

export function sayOutcome({ candidates, outcome }: Judged): string {
  const known = decided.safeParse(outcome).data;
  const makers = candidates.map(({ model, adapter }) => model && [model, ...(adapter ? [adapter] : [])].join(' + '));
  /** Its model's, where that tells it from the others. */
  const name = (index: number): string => {
    const maker = makers[index];
    return maker && makers.indexOf(maker) === makers.lastIndexOf(maker) ? maker : `candidate ${index + 1}`;
  };
  if (known?.kind === 'winner') return `${name(known.index)} was chosen`;
  if (known?.kind === 'ranking') return known.order.map(name).join(' › ');
  if (known?.kind === 'shares') return known.p.map((p, index) => `${name(index)} ${Math.round(100 * p)} %`).join(', ');
  return nameOfKind(outcome.kind);
}
