import { describe, expect, it } from 'vitest';
import { relativeError, worst } from './case.js';

const part = (at: string, error: number, tolerance: number) => ({ at, error, tolerance });

describe('the worst of several comparisons', () => {
  it('is the one that takes most of its tolerance', () =>
    expect(worst('run', [part('a', 1e-5, 1e-4), part('b', 5e-4, 1e-3), part('c', 2e-6, 1e-4)]).at).toBe('b'));

  it('is not hidden by one that must be exact and is', () => {
    expect(worst('run', [part('rank', 0, 0), part('loss', 1, 1e-4)]).at).toBe('loss');
    expect(worst('run', [part('rank', 0, 0), part('loss', 1e-6, 1e-4)]).at).toBe('loss');
  });

  it('is one that must be exact and is not', () =>
    expect(worst('run', [part('loss', 1e-6, 1e-4), part('rank', 1, 0)]).at).toBe('rank'));

  it('is one that is no number, wherever it stands', () => {
    const none = part('loss', relativeError([1], [Number.POSITIVE_INFINITY]), 1e-4);
    for (const parts of [
      [none, part('s', 1e-6, 1e-4)],
      [part('s', 1e-6, 1e-4), none],
    ])
      expect(worst('run', parts)).toMatchObject({ at: 'loss' });
  });
});
