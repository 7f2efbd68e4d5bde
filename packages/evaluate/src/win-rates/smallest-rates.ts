import { binomialProbabilities } from '../binomial.js';
import { powerOfChoices, smallestShareOf } from '../choices-needed.js';
import { signTestPower } from './prompts-needed.js';

/**
 * The least win rates above ½ that `conclude` decides with 80 % probability for one contestant: if all duels are independent, and if the seeds of a prompt
 * all say the same. Both the interval over duels and the sign test over prompts must have that power. Null where none has: five prompts are too few for any
 * sign test, however many seeds they have.
 *
 * @param seeds of a prompt, on average
 */
export function smallestRates(
  prompts: number,
  seeds: number,
): { readonly independent: number | null; readonly alike: number | null } {
  const each = Math.max(1, Math.round(seeds));
  return {
    independent: smallestShareOf((share) =>
      Math.min(powerOfChoices(Math.round(prompts * seeds), share), powerOverPrompts(prompts, each, share)),
    ),
    alike: smallestShareOf((share) => Math.min(powerOfChoices(prompts, share), signTestPower(prompts, share, 0.05))),
  };
}

/** Of the sign test where every prompt is won by the majority of so many independent seeds; of those that are tied, about as many as are expected. */
function powerOverPrompts(prompts: number, seeds: number, share: number): number {
  let [won, lost] = [0, 0];
  for (const [wins, probability] of binomialProbabilities(seeds, share).entries())
    if (2 * wins > seeds) won += probability;
    else if (2 * wins < seeds) lost += probability;
  return signTestPower(Math.round(prompts * (won + lost)), won / (won + lost), 0.05);
}
