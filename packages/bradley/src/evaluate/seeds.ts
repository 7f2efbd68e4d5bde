/** More seeds than this are a slip of the finger. */
const most = 10_000;

/**
 * `0`, `7` and `0..3` as seeds, each once, in their order.
 * @throws RangeError for a range that runs backwards or has no end in sight
 */
export function seedsOf(texts: readonly string[]): number[] {
  const seeds = texts.flatMap((text) => {
    const [first = Number.NaN, last = first] = text.split('..').map(Number);
    if (!(first <= last) || last - first >= most)
      throw new RangeError(`seeds ${text}: write a number, or first..last with at most ${most} of them, such as 0..3.`);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
  return [...new Set(seeds)];
}
