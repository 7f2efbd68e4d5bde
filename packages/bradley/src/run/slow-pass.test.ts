import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { slowPass } from './slow-pass.js';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

/** A pass over so many things, `found` of them at no cost at the beginning, the others in so many milliseconds each. */
async function pass(total: number, found: number, milliseconds: number, stopAt = Infinity) {
  const [said, shown]: [string[], (string | null)[]] = [[], []];
  let asked = 0;
  const proceed = slowPass('encoding pictures', {
    say: (message) => void said.push(`${performance.now() / 1000} s: ${message}`),
    show: async (doing) => void shown.push(doing),
    ask: async () => (asked++ >= stopAt ? 'stop' : 'go'),
  });
  vi.setSystemTime(0);
  for (let done = 0; done < total; done++) {
    if ((await proceed({ done, total, computed: Math.max(0, done - found) })) === 'stop') return { said, shown };
    if (done >= found) vi.advanceTimersByTime(milliseconds);
  }
  await proceed({ done: total, total, computed: total - found });
  return { said, shown };
}

it('a slow pass is shown at once, and told after two seconds, every fifteen and at its end', async () => {
  const { said, shown } = await pass(30, 10, 1000);
  expect(shown[0]).toBe('encoding pictures: 0 of 30');
  expect(shown).toHaveLength(21);
  expect(shown.slice(-2)).toEqual(['encoding pictures: 29 of 30, 1.0 s each, at most 1 s left', null]);
  expect(said.map((line) => line.replace(/^[\d.]+ s: /, ''))).toEqual([
    'encoding pictures: 12 of 30, 1.0 s each, at most 18 s left',
    'encoding pictures: 27 of 30, 1.0 s each, at most 3 s left',
    'encoding pictures: all 30, 20 of them computed now in 20 s',
  ]);
});

it('a pass that takes no time says nothing in the record', async () => {
  const { said, shown } = await pass(100, 0, 10);
  expect(said).toEqual([]);
  expect(shown.at(-1)).toBeNull();
});

it('a pass that is asked to stop says so to who asks', async () => {
  const { said } = await pass(100, 0, 1000, 4);
  expect(said.map((line) => line.replace(/^[\d.]+ s: /, ''))).toEqual([
    'encoding pictures: 2 of 100, 1.0 s each, at most 1 min 38 s left',
  ]);
});
