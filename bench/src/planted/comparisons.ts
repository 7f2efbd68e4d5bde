import { isHeldOut } from '@bradley/preferences';
import { integers, permutation } from '@bradley/runtime';
import { drawPicture, type Pixels, utility, type Wish, wishes } from './world.js';

/** Two pictures of a prompt; `label` is what the rater said, `better` what the utility says. */
export interface PlantedPair {
  readonly wish: Wish;
  readonly pictures: readonly [Pixels, Pixels];
  readonly better: 0 | 1;
  readonly label: 0 | 1;
}

/** A pair whose utilities differ by less is drawn again: the rater is not asked what nobody could tell. */
export const leastDifference = 0.05;

/** The share of prompts that nothing is learnt of. */
export const heldOut = 0.25;

export const split = (seed: number) => ({ fraction: heldOut, salt: `planted/${seed}` });

/** Which prompts are asked of; `developing` and `tried` part the training prompts again, to choose settings on. */
export type Prompted = 'train' | 'unseen' | 'developing' | 'tried';

function isPrompted(prompt: string, which: Prompted, seed: number): boolean {
  if (isHeldOut(prompt, split(seed))) return which === 'unseen';
  const tried = isHeldOut(prompt, { fraction: heldOut, salt: `planted/${seed}/developing` });
  return which === 'train' || which === (tried ? 'tried' : 'developing');
}

/** Pairs of these prompts, exactly the share `flipped` of them with the wrong label. */
export function plantedPairs(
  which: Prompted,
  { count, flipped, seed, least = leastDifference }: { count: number; flipped: number; seed: number; least?: number },
): PlantedPair[] {
  const prompts = wishes.filter(({ prompt }) => isPrompted(prompt, which, seed));
  const stream = `planted/${which}`;
  const chosen = integers({ seed, stream, step: 0, index: 0 }, count, prompts.length);
  const order = permutation({ seed, stream: `${stream}/flipped`, step: 0, index: 0 }, count);
  const wrong = new Set([...order].slice(0, Math.round(flipped * count)));
  return Array.from(chosen, (index, i) => {
    const wish = prompts[index] as Wish;
    for (let attempt = 0; ; attempt++) {
      const draw = (which: number) => drawPicture(wish, { seed, stream, step: i, index: 2 * attempt + which + 1 });
      const pictures = [draw(0), draw(1)] as const;
      const [a, b] = pictures.map((picture) => utility(picture, wish)) as [number, number];
      if (Math.abs(a - b) < least || a === b) continue;
      const better = a > b ? 0 : 1;
      return { wish, pictures, better, label: wrong.has(i) ? ((1 - better) as 0 | 1) : better };
    }
  });
}
