/** A bucket of tokens: `burst` at once, `perSecond` thereafter. */
export interface Bucket {
  readonly burst: number;
  readonly perSecond: number;
}

/** Takes a token of `key`'s bucket and returns 0, or returns the seconds until there is one. */
export type RateLimiter = (key: string) => number;

/** As many keys as are remembered: a flood from ever new keys forgets the least recently seen, and never fills the memory. */
const mostKeys = 20_000;

export function rateLimiter({ burst, perSecond }: Bucket, now: () => number = Date.now): RateLimiter {
  const buckets = new Map<string, { tokens: number; at: number }>();
  return (key) => {
    const at = now();
    const last = buckets.get(key);
    const tokens = last ? Math.min(burst, last.tokens + ((at - last.at) / 1000) * perSecond) : burst;
    const granted = tokens >= 1;
    buckets.delete(key); // and in again: the order of a map is that of insertion, so the first is the one seen longest ago
    buckets.set(key, { tokens: granted ? tokens - 1 : tokens, at });
    if (buckets.size > mostKeys) for (const oldest of buckets.keys()) if (buckets.delete(oldest)) break;
    return granted ? 0 : Math.ceil((1 - tokens) / perSecond);
  };
}
