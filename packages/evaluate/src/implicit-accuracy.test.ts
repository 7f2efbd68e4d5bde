import { describe, expect, it } from 'vitest';
import { implicitAccuracy } from './implicit-accuracy.js';
import { wilson } from './intervals.js';

const pair = { phi: [1, 0] };
const three = { phi: [1, 0.5, 0] };

describe('implicit accuracy', () => {
  it('of pairs is the share of winners with the larger reward, with the interval of Wilson', () => {
    const { count, total, interval } = implicitAccuracy(
      [pair, pair, pair],
      [
        [0.2, 0.1],
        [0.1, 0.2],
        [0.1, 0.1],
      ],
    );
    expect([count, total]).toEqual([1, 3]);
    expect(interval).toEqual(wilson({ count: 1, total: 3 }));
  });

  it('of rankings counts every pair of candidates whose φ differ', () => {
    expect(implicitAccuracy([three], [[3, 2, 1]])).toMatchObject({ count: 3, total: 3 });
    expect(implicitAccuracy([three], [[2, 3, 1]])).toMatchObject({ count: 2, total: 3 });
    expect(implicitAccuracy([{ phi: [1, 0.5, 0.5] }], [[3, 1, 2]])).toMatchObject({ count: 2, total: 2 });
  });

  it('of rankings has a wider interval than as many pairs that do not depend on each other', () => {
    // Twenty rankings, each wholly right or wholly wrong.
    const groups = Array.from({ length: 20 }, () => three);
    const rewards = groups.map((_, i) => (i % 2 ? [1, 2, 3] : [3, 2, 1]));
    const { count, total, interval } = implicitAccuracy(groups, rewards);
    expect([count, total]).toEqual([30, 60]);
    const naive = wilson({ count, total });
    expect(interval.high - interval.low).toBeGreaterThan(1.4 * (naive.high - naive.low));
    expect(implicitAccuracy(groups, rewards).interval).toEqual(interval);
  });
});
