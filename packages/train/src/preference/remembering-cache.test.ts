import { float32Tensor, type Tensor } from '@bradley/formats';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ContentCache } from './content-cache.js';
import { rememberingCache } from './remembering-cache.js';

/** A cache whose entry `n` is of n numbers, and what was asked of it. */
function numbers(): { cache: ContentCache; asked: string[] } {
  const asked: string[] = [];
  const get = async (key: string): Promise<Map<string, Tensor>> => {
    asked.push(key);
    return new Map([['x', float32Tensor([Number(key)], new Float32Array(Number(key)).fill(Number(key)))]]);
  };
  return { cache: { get }, asked };
}
const never = () => Promise.reject(new Error('not asked for'));

it('a remembering cache gives what the cache gives, and asks it only for what is not among the last few', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 60 }),
      fc.integer({ min: 0, max: 40 }),
      async (keys, room) => {
        const { cache, asked } = numbers();
        const remembering = rememberingCache(cache, 4 * room);
        const expected: number[] = [];
        let last: number[] = []; // the newest first
        for (const key of keys) {
          if (!last.includes(key)) expected.push(key);
          last = [key, ...last.filter((other) => other !== key)];
          while (last.reduce((sum, n) => sum + n, 0) > room) last.pop();
          const tensors = await remembering.get(`${key}`, never);
          expect(tensors.get('x')).toEqual(float32Tensor([key], new Float32Array(key).fill(key)));
        }
        expect(asked.map(Number)).toEqual(expected);
      },
    ),
  ));

it('a remembering cache counts an entry once that was asked for twice at the same time', async () => {
  const { cache, asked } = numbers();
  const remembering = rememberingCache(cache, 4 * 10);
  await Promise.all([remembering.get('5', never), remembering.get('5', never), remembering.get('4', never)]);
  for (const key of ['5', '4']) await remembering.get(key, never);
  expect(asked).toEqual(['5', '5', '4']);
});
