/** Something that is opened when it is first used, and released after each use unless it is held. */
export interface Lent<T> {
  use<Result>(work: (opened: T) => Promise<Result>): Promise<Result>;
  release(): Promise<void>;
}

export function lent<T extends { release(): Promise<void> }>(
  open: () => Promise<T>,
  { hold }: { hold: boolean },
): Lent<T> {
  let opened: Promise<T> | null = null;
  const release = async (): Promise<void> => {
    const held = opened;
    opened = null;
    await (await held)?.release();
  };
  return {
    async use(work) {
      opened ??= open();
      try {
        return await work(await opened);
      } finally {
        if (!hold) await release();
      }
    },
    release,
  };
}
