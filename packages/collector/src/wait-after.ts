/** Milliseconds: the longest wait after the first failure, and after any. */
export interface Waits {
  readonly first: number;
  readonly most: number;
}

/**
 * How long to wait after some failures in a row: exponential backoff, of which a random half to all so that those who failed together do
 * not come again together. What the server asks for (Retry-After: seconds or a date) is the least, up to an hour.
 */
export function waitAfter(
  failures: number,
  retryAfter: string | null,
  { first, most }: Waits,
  random: () => number = Math.random,
): number {
  const longest = Math.min(most, first * 2 ** Math.min(failures - 1, 30));
  const seconds = retryAfter === null || retryAfter.trim() === '' ? Number.NaN : Number(retryAfter);
  const asked = Number.isNaN(seconds) ? Date.parse(retryAfter ?? '') - Date.now() : seconds * 1000;
  return Math.max((longest * (1 + random())) / 2, Math.min(asked > 0 ? asked : 0, hour));
}

const hour = 3_600_000;
