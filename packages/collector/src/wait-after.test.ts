import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { waitAfter } from './wait-after.js';

const waits = { first: 1000, most: 300_000 };
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

afterEach(() => void vi.useRealTimers());

describe('the wait after failures', () => {
  it('doubles with each up to the most, less at most half of it by chance', () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), random, (failures, chance) => {
        const longest = Math.min(300_000, 1000 * 2 ** (failures - 1));
        const wait = waitAfter(failures, null, waits, () => chance);
        expect(wait).toBeGreaterThanOrEqual(longest / 2);
        expect(wait).toBeLessThanOrEqual(longest);
      }),
    ));

  it('is at least what the server asks for in seconds, or until a date, up to an hour', () => {
    const none = () => 0;
    expect(waitAfter(1, '7', waits, none)).toBe(7000);
    expect(waitAfter(20, '7', waits, none)).toBe(150_000);
    expect(waitAfter(1, '86400', waits, none)).toBe(3_600_000);
    vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) });
    expect(waitAfter(1, 'Thu, 01 Jan 2026 00:00:10 GMT', waits, none)).toBe(10_000);
  });

  it.each(['', ' ', 'soon', '-5', '0', 'Thu, 01 Jan 1970 00:00:00 GMT'])('takes no notice of "%s"', (header) =>
    expect(waitAfter(1, header, waits, () => 0)).toBe(500),
  );
});
