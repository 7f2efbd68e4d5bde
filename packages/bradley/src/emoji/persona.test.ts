import fc from 'fast-check';
import { expect, it } from 'vitest';
import { comparisonsOf } from './comparisons.js';
import { designers, readEmojiNames } from './names.js';
import { isFlipped, personaChoice, personaTaste } from './persona.js';

const names = await readEmojiNames();
const pair = fc.constantFrom(...designers.flatMap((a) => designers.filter((b) => b !== a).map((b) => [a, b] as const)));
const entry = fc.constantFrom(...names);

it('chooses the same picture whichever side it is shown on', () =>
  fc.assert(
    fc.property(entry, pair, fc.nat(), ({ name, category }, [a, b], seed) => {
      expect(personaChoice(name, category, [a, b], seed)).toBe(1 - personaChoice(name, category, [b, a], seed));
    }),
  ));

it('follows its taste unless the answer is flipped', () =>
  fc.assert(
    fc.property(entry, pair, fc.nat(), ({ name, category }, [a, b], seed) => {
      const follows = personaTaste[category].indexOf(a) < personaTaste[category].indexOf(b);
      expect(personaChoice(name, category, [a, b], seed) === 0).toBe(
        isFlipped(name, [a, b], seed) ? !follows : follows,
      );
    }),
  ));

it('flips one answer in ten', () => {
  const draws = Array.from({ length: 20_000 }, (_, i) => isFlipped(`name ${i}`, ['noto', 'fluent']));
  // Three standard deviations of a fraction of 20,000 draws are 0.0064.
  expect(Math.abs(draws.filter(Boolean).length / draws.length - 0.1)).toBeLessThan(0.0064);
});

it('is far from explained by any fixed order of the designers', () => {
  const records = names.flatMap(comparisonsOf);
  for (const order of permutations) {
    const agree = records.filter(({ candidates: [a, b], outcome }) => {
      const first = a && b && order.indexOf(a.model) < order.indexOf(b.model);
      return first === (outcome.index === 0);
    });
    expect(agree.length / records.length).toBeLessThan(0.62);
  }
});

it('shows the preferred picture on either side about as often', () => {
  const records = names.flatMap(comparisonsOf);
  const first = records.filter(({ outcome }) => outcome.index === 0).length / records.length;
  expect(Math.abs(first - 0.5)).toBeLessThan(0.05);
});

const permutations = designers.flatMap((a) =>
  designers.filter((b) => b !== a).map((b) => [a, b, ...designers.filter((c) => c !== a && c !== b)]),
);
