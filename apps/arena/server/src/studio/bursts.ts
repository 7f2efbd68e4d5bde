/**
 * What an iteration gives, in bursts: whatever comes within `wait` milliseconds of the first, `most` at most; an empty one after
 * `quiet` milliseconds of nothing. Asks for the next only once a burst is taken.
 */
export async function* bursts<T>(
  items: AsyncIterator<T>,
  { wait, quiet, most }: { wait: number; quiet: number; most: number },
): AsyncGenerator<T[]> {
  let next: Promise<IteratorResult<T>> | null = null;
  for (;;) {
    const burst: T[] = [];
    let until = performance.now() + quiet;
    while (burst.length < most) {
      next ??= items.next();
      const result = await within(next, until - performance.now());
      if (result === 'late') break;
      next = null;
      if (result.done) {
        if (burst.length > 0) yield burst;
        return;
      }
      burst.push(result.value);
      if (burst.length === 1) until = performance.now() + wait;
    }
    yield burst;
  }
}

/** The outcome of a promise, or 'late' where it takes longer. */
async function within<T>(promise: Promise<T>, milliseconds: number): Promise<T | 'late'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), Math.max(milliseconds, 0));
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
