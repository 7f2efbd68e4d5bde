import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isHeldOut } from './split.js';

const prompts = Array.from({ length: 5000 }, (_, i) => `prompt ${i}`);

describe('the split', () => {
  it('holds out about the fraction asked for: 20 % of 5,000 within five standard errors', () => {
    const share = prompts.filter((prompt) => isHeldOut(prompt, { fraction: 0.2 })).length / prompts.length;
    expect(Math.abs(share - 0.2)).toBeLessThan(5 * Math.sqrt((0.2 * 0.8) / 5000));
  });

  it('is the same for ever: changing it would leak held-out prompts into training', () => {
    const heldOut = ['a fox', 'a house', 'an owl', 'the sea', 'a red apple', 'a bicycle'].filter((prompt) =>
      isHeldOut(prompt, { fraction: 0.5 }),
    );
    expect(heldOut).toMatchInlineSnapshot(`
      [
        "a fox",
        "the sea",
        "a red apple",
      ]
    `);
  });

  it('does not tell apart prompts that differ in white space or Unicode form', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (prompt) => {
        const split = { fraction: 0.5 };
        expect(isHeldOut(`  ${prompt.normalize('NFD')}\n`, split)).toBe(isHeldOut(prompt.normalize('NFC'), split));
      }),
    ));

  it('holds out more with a larger fraction, none at 0 and all at 1', () =>
    fc.assert(
      fc.property(fc.string(), fc.double({ min: 0, max: 1, noNaN: true }), (prompt, fraction) => {
        if (isHeldOut(prompt, { fraction: fraction / 2 })) expect(isHeldOut(prompt, { fraction })).toBe(true);
        expect(isHeldOut(prompt, { fraction: 0 })).toBe(false);
        expect(isHeldOut(prompt, { fraction: 1 })).toBe(true);
      }),
    ));

  it('is another with another salt', () => {
    const of = (salt: string) => prompts.map((prompt) => isHeldOut(prompt, { fraction: 0.5, salt }));
    expect(of('a')).not.toEqual(of('b'));
  });

  it('refuses a percentage', () => expect(() => isHeldOut('x', { fraction: 20 })).toThrow(/between 0 and 1/));
});
