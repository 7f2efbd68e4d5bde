import fc from 'fast-check';
import { expect, it } from 'vitest';
import { pairer } from './unpaired.js';

const answers = fc.array(
  fc.record({
    where: fc.string(),
    id: fc.string(),
    prompt: fc.constantFrom('a', 'b', 'c'),
    completion: fc.string({ maxLength: 20 }),
    label: fc.boolean(),
  }),
);

it('makes as many pairs as there are of both, each of one prompt, and gives every answer once', () =>
  fc.assert(
    fc.property(answers, fc.constantFrom(30, 1000), (all, limit) => {
      const waiting = pairer(limit);
      const read = all.map((answer) => waiting.add(answer));
      const pairs = read.flatMap(({ pair }) => pair ?? []);
      for (const { good, bad } of pairs)
        expect([good.label, bad.label, good.prompt]).toEqual([true, false, bad.prompt]);
      const given = [
        ...pairs.flatMap(({ good, bad }) => [good, bad]),
        ...read.flatMap(({ givenUp }) => givenUp),
        ...waiting.rest(),
      ];
      expect(new Set(given)).toEqual(new Set(all));
      expect(given).toHaveLength(all.length);
      if (limit === 30) return;
      const count = (prompt: string, label: boolean) =>
        all.filter((a) => a.prompt === prompt && a.label === label).length;
      const most = ['a', 'b', 'c'].reduce(
        (sum, prompt) => sum + Math.min(count(prompt, true), count(prompt, false)),
        0,
      );
      expect(pairs).toHaveLength(most);
    }),
  ));

it('holds no more than its limit', () => {
  const waiting = pairer(1000);
  for (let i = 0; i < 1000; i++)
    waiting.add({ where: '', id: '', prompt: `p${i}`, completion: 'x'.repeat(96), label: true });
  expect(waiting.rest().length).toBeLessThanOrEqual(10);
});
