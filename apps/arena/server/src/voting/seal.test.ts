import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openSeal, type Sealed } from './seal.js';

const purpose = fc.constantFrom('ordinary', 'gold', 'attention', 'repeat');
const sealed: fc.Arbitrary<Sealed> = fc.record({
  presentation: fc.uuid(),
  project: fc.string(),
  task: fc.string({ unit: 'grapheme' }),
  rater: fc.string(),
  shown: fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }),
  purpose,
  questions: fc.array(fc.string(), { minLength: 1, maxLength: 8 }),
  issuedAt: fc.integer({ min: 0, max: 4e12 }),
});
const secret = randomBytes(32);
const one: Sealed = {
  presentation: '1f0c8c62-4b0b-4c4e-9b53-6b1a7f5f4c11',
  project: 'cats',
  task: 'task',
  rater: 'rater',
  shown: [1, 0],
  purpose: 'gold',
  questions: ['overall'],
  issuedAt: 1e12,
};
const day = 86_400_000;

describe('a sealed presentation', () => {
  it('is opened as it was, after a restart too', () =>
    fc.assert(
      fc.property(sealed, (presentation) => {
        const token = openSeal(secret).seal(presentation);
        expect(token).toMatch(/^[A-Za-z0-9_-]+$/);
        expect(openSeal(secret).open(token, presentation.issuedAt)).toEqual(presentation);
      }),
    ));

  it('is worth nothing once any bit of it was changed, or under another secret', () => {
    const token = openSeal(secret).seal(one);
    fc.assert(
      fc.property(fc.nat(Buffer.from(token, 'base64url').length * 8 - 1), (bit) => {
        const bytes = Buffer.from(token, 'base64url');
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(openSeal(secret).open(bytes.toString('base64url'), one.issuedAt)).toBe('forged');
      }),
    );
    expect(openSeal(randomBytes(32)).open(token, one.issuedAt)).toBe('forged');
  });

  it('cannot be made up', () =>
    fc.assert(fc.property(fc.string(), (token) => openSeal(secret).open(token) === 'forged')));

  it('is good for a day', () => {
    const token = openSeal(secret).seal(one);
    expect(openSeal(secret).open(token, one.issuedAt + day)).toEqual(one);
    expect(openSeal(secret).open(token, one.issuedAt + day + 1)).toBe('expired');
  });

  it('tells nothing: the same is never sealed the same, and purposes and orders have one length', () => {
    const seal = openSeal(secret);
    expect(seal.seal(one)).not.toBe(seal.seal(one));
    const lengths = (['ordinary', 'gold', 'attention', 'repeat'] as const).flatMap((purpose) =>
      [
        [0, 1],
        [1, 0],
      ].map((shown) => seal.seal({ ...one, purpose, shown }).length),
    );
    expect(new Set(lengths).size).toBe(1);
    expect(Buffer.from(seal.seal(one), 'base64url').toString('latin1')).not.toContain('gold');
  });
});
