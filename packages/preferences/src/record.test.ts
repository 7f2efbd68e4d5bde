import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { comparisonSchema, outcomeKinds } from './record.js';

const record = {
  id: '1',
  prompt: 'a fox',
  candidates: [{ media: 'a.png' }, { media: 'b.png', model: 'sd15', seed: 3, steps: 20, guidance: 7.5 }],
  outcome: { kind: 'winner', index: 1 },
  at: '2026-01-01T00:00:00.000Z',
};
const faultOf = (part: object) => comparisonSchema.safeParse({ ...record, ...part }).error?.issues[0]?.message;

describe('the comparison record', () => {
  it('asks about the whole unless it says otherwise', () =>
    expect(comparisonSchema.parse(record)).toEqual({ ...record, question: 'overall' }));

  it.each([
    ['a winner that is not there', { outcome: { kind: 'winner', index: 2 } }, /index is 2.*2 candidates/],
    ['half an index', { outcome: { kind: 'winner', index: 0.5 } }, /int/],
    [
      'a ranking that names one twice',
      { outcome: { kind: 'ranking', order: [0, 0] } },
      /not an order of the 2 candidates/,
    ],
    ['a ranking that leaves one out', { outcome: { kind: 'ranking', order: [1] } }, /not an order/],
    ['shares that do not sum to 1', { outcome: { kind: 'shares', p: [0.5, 0.6] } }, /sum to 1\.1/],
    ['too few shares', { outcome: { kind: 'shares', p: [1] } }, /1 shares for 2/],
    ['too few scores', { outcome: { kind: 'scores', by: { pick: [1] } } }, /1 scores by pick for 2/],
    ['an unknown outcome', { outcome: { kind: 'draw' } }, /Invalid/],
    ['one candidate', { candidates: [{ media: 'a.png' }] }, /2 items|>=2/],
    ['an empty prompt', { prompt: ' \n' }, /is empty/],
    ['an unknown field', { winner: 0 }, /winner/],
    ['an order on screen of others', { shown: [0, 2] }, /not an order/],
    ['a time without a zone', { at: '2026-01-01 10:00' }, /datetime/],
  ])('refuses %s', (_, part, message) => expect(faultOf(part)).toMatch(message));

  it.each([
    { kind: 'tie' },
    { kind: 'bothBad' },
    { kind: 'skip' },
    { kind: 'ranking', order: [1, 0] },
    { kind: 'shares', p: [0.25, 0.75] },
    { kind: 'scores', by: { pick: [0.1, 0.2] } },
  ])('admits $kind', (outcome) => expect(faultOf({ outcome })).toBeUndefined());

  it('has 64 candidates at most', () => {
    const of = (count: number) => ({
      ...{ id: 'a', prompt: 'p', outcome: { kind: 'tie' } },
      candidates: Array.from({ length: count }, () => ({ media: 'x' })),
    });
    expect(comparisonSchema.safeParse(of(64)).success).toBe(true);
    expect(comparisonSchema.safeParse(of(65)).success).toBe(false);
  });

  it('knows its kinds', () => expect(outcomeKinds).toContain('bothBad'));

  it('is never a thrown error other than a verdict, whatever it is given', () =>
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (value, outcome) => {
        expect(comparisonSchema.safeParse(value).success).toBe(false);
        comparisonSchema.safeParse({ ...record, outcome });
      }),
    ));
});
