/** Opens sessions by a key, one at a time: asking for another releases the one that is open. */
export function oneOpen<Key, Opened extends { release(): Promise<void> }>(
  open: (key: Key) => Promise<Opened>,
): { at(key: Key): Promise<Opened>; release(): Promise<void> } {
  let current: { readonly key: Key; readonly opened: Opened } | null = null;
  const release = async (): Promise<void> => {
    const last = current;
    current = null;
    await last?.opened.release();
  };
  return {
    async at(key) {
      if (current?.key === key) return current.opened;
      await release();
      const opened = await open(key);
      current = { key, opened };
      return opened;
    },
    release,
  };
}
