import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonObjects, readChoice, readScore, UnusableAnswer } from './read-answer.js';

const text = fc.string({ unit: fc.constantFrom('a', 'Z', ' ', '\n', '"', '\\', '`', ':', ',', '7', '[', 'é') });

describe('a score', () => {
  it('is found in JSON, whatever words stand around it and whatever its reason says', () =>
    fc.assert(
      fc.property(
        text,
        fc.string(),
        fc.double({ min: 0, max: 10, noNaN: true }),
        text,
        (before, reason, score, after) => {
          const json = JSON.stringify({ reason, score });
          expect(readScore(`${before}${json}${after}`, [0, 10])).toBe(score === 0 ? 0 : score);
          expect(readScore(`\`\`\`json\n${json}\n\`\`\``, [0, 10])).toBe(score === 0 ? 0 : score);
        },
      ),
    ));

  it('is within its range, or the answer is refused: no text makes another', () =>
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('{', '}', '"score":', '5', '-', '.', 'e', '"', ',', ' ') }),
        (answer) => {
          try {
            const score = readScore(answer, [1, 10]);
            expect(score).toBeGreaterThanOrEqual(1);
            expect(score).toBeLessThanOrEqual(10);
          } catch (error) {
            expect(error).toBeInstanceOf(UnusableAnswer);
          }
        },
      ),
    ));

  it.each([
    ['7', 7],
    [' 7.5\n', 7.5],
    ['{"score":"8"}', 8],
    ['{"score":8} I repeat: {"score":8.0}', 8],
  ])('%j is one', (answer, score) => expect(readScore(answer, [1, 10])).toBe(score));

  it.each([
    '',
    '7/10',
    'about 7',
    '{"score":null}',
    '{"score":11}',
    '{"score":0}',
    '{"score":true}',
    '{"score":3} or {"score":4}',
    '{"rating":3}',
  ])('%j is none', (answer) => expect(() => readScore(answer, [1, 10])).toThrow(UnusableAnswer));
});

describe('a choice', () => {
  const read = (answer: string) => readChoice(answer, 'answer', ['yes', 'no']);

  it.each([
    ['{"answer":"yes"}', 'yes'],
    ['{"answer":"No"}', 'no'],
    ['Yes.', 'yes'],
    ['No, I see a cup.', 'no'],
  ])('%j is one', (answer, choice) => expect(read(answer)).toBe(choice));

  it.each([
    '',
    'perhaps',
    'Yes and no',
    'There is no owl',
    '{"answer":"maybe"}',
    '{"answer":"yes"} {"answer":"no"}',
    '{"answer":"yes"} {"answer":"?"}',
  ])('%j is none', (answer) => expect(() => read(answer)).toThrow(UnusableAnswer));
});

it('finds the outermost objects in linear time', () => {
  expect(jsonObjects('x {"a":{"b":"}"}} y {"c":1}')).toEqual([{ a: { b: '}' } }, { c: 1 }]);
  const { user: before } = process.cpuUsage();
  expect(jsonObjects('{'.repeat(3_000_000))).toEqual([]);
  expect((process.cpuUsage().user - before) / 1e6).toBeLessThan(2);
});
