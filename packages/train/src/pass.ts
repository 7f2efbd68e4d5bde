/** How far a pass over many things is, such as those that run before the first step. */
export interface PassProgress {
  readonly done: number;
  readonly total: number;
  /** How many of those done were computed now, not found. */
  readonly computed: number;
}

export type Answer = 'go' | 'stop';

/** Asked before each thing of a pass whether to go on, and once more when all are done. */
export type Proceed<Answers extends Answer = Answer> = (progress: PassProgress) => Promise<Answers>;

/**
 * Takes things one after the other, for as long as `proceed` says go. `take` wraps in `counted` what it does only for those that
 * were not found.
 *
 * @returns what `take` gave of each, or null when `proceed` said stop
 */
export async function passOver<Item, Taken>(
  items: readonly Item[],
  proceed: Proceed | undefined,
  take: (item: Item, counted: <T>(compute: () => Promise<T>) => () => Promise<T>) => Promise<Taken>,
): Promise<Taken[] | null> {
  const taken: Taken[] = [];
  let computed = 0;
  const counted =
    <T>(compute: () => Promise<T>) =>
    async () => {
      const result = await compute();
      computed++;
      return result;
    };
  for (const item of items) {
    if ((await proceed?.({ done: taken.length, total: items.length, computed })) === 'stop') return null;
    taken.push(await take(item, counted));
  }
  await proceed?.({ done: items.length, total: items.length, computed });
  return taken;
}
