import type { Comparison } from '@bradley/preferences';
import { type Category, categories, type Designer, designers, type EmojiName } from './names.js';

/** `count` comparisons out of `total` that an order of designers answers as the rater did. */
export interface Agreement {
  readonly count: number;
  readonly total: number;
}

export interface PreferredDesignerBaseline {
  /** Most preferred first. */
  readonly order: readonly Designer[];
  readonly train: Agreement;
  readonly heldout: Agreement;
  readonly heldoutByCategory: Readonly<Record<Category, Agreement>>;
}

/**
 * The baseline that whatever learns from the comparisons must beat: "always the most preferred designer", whatever the
 * prompt. Of all fixed orders of the designers it takes the one that agrees with most training comparisons (of equals
 * the first), and counts its agreement with the held-out ones. Labels are as given, the flipped ones too.
 */
export function preferredDesignerBaseline(
  train: readonly Comparison[],
  heldout: readonly Comparison[],
  names: readonly EmojiName[],
): PreferredDesignerBaseline {
  const [first, ...others] = orders.map((order) => ({ order, agreement: agreementOf(order, train) }));
  if (!first) throw new Error('there is no designer to prefer.');
  const best = others.reduce((best, other) => (other.agreement.count > best.agreement.count ? other : best), first);
  const categoryOf = new Map(names.map(({ name, category }) => [name, category]));
  const inCategory = (category: Category) => heldout.filter(({ prompt }) => categoryOf.get(prompt) === category);
  return {
    order: best.order,
    train: best.agreement,
    heldout: agreementOf(best.order, heldout),
    heldoutByCategory: Object.fromEntries(
      categories.map((category) => [category, agreementOf(best.order, inCategory(category))]),
    ) as Record<Category, Agreement>,
  };
}

const orders: readonly (readonly Designer[])[] = designers.flatMap((first) =>
  designers.flatMap((second) =>
    designers.flatMap((third) => (new Set([first, second, third]).size === 3 ? [[first, second, third]] : [])),
  ),
);

/** How many of the comparisons the order answers as the rater did. */
export function agreementOf(order: readonly Designer[], comparisons: readonly Comparison[]): Agreement {
  const ranked: readonly (string | undefined)[] = order;
  const count = comparisons.filter(({ id, candidates, outcome }) => {
    if (outcome.kind !== 'winner') throw new Error(`${id}: the outcome is ${outcome.kind}, expected a winner.`);
    const ranks = candidates.map(({ model }) => ranked.indexOf(model));
    if (ranks.includes(-1)) throw new Error(`${id}: a candidate's model is none of ${order.join(', ')}.`);
    return ranks.indexOf(Math.min(...ranks)) === outcome.index;
  }).length;
  return { count, total: comparisons.length };
}
