import { type Store, type TaskContent, taskContents } from '@bradley/preferences';

/** What tasks show, kept for those that were asked for last. */
export interface Contents {
  /** Tasks that are not there are left out. */
  of(projectId: string, taskIds: readonly string[]): Promise<ReadonlyMap<string, TaskContent>>;
  forget(): void;
}

const keyOf = (projectId: string, id: string): string => `${projectId}/${id}`;

/** Texts are longer than addresses of pictures: what is kept is bounded by the characters of it. */
const mostCharacters = 32e6;

/** Tasks are never changed, so what is kept stays true; who deletes them calls `forget`. */
export function openContents(store: Store): Contents {
  const kept = new Map<string, { content: TaskContent; characters: number }>();
  let characters = 0;
  const keep = (key: string, content: TaskContent) => {
    const size = content.candidates.reduce((sum, { media }) => sum + media.length + 200, content.prompt.length);
    kept.set(key, { content, characters: size });
    characters += size;
    for (const [old, { characters: freed }] of kept) {
      if (characters <= mostCharacters) break;
      kept.delete(old);
      characters -= freed;
    }
  };
  /** What is read next of a project: those who ask at the same time share a query. */
  const reading = new Map<string, { ids: Set<string>; read: Promise<ReadonlyMap<string, TaskContent>> }>();
  const readTogether = (projectId: string, ids: readonly string[]) => {
    const shared = reading.get(projectId) ?? { ids: new Set<string>(), read: soon(projectId) };
    for (const id of ids) shared.ids.add(id);
    reading.set(projectId, shared);
    return shared.read;
  };
  const soon = async (projectId: string): Promise<ReadonlyMap<string, TaskContent>> => {
    await new Promise((resolve) => setImmediate(resolve));
    const ids = [...(reading.get(projectId)?.ids ?? [])];
    reading.delete(projectId);
    const read = await taskContents(store, projectId, ids);
    for (const [id, content] of read) if (!kept.has(keyOf(projectId, id))) keep(keyOf(projectId, id), content);
    return read;
  };
  return {
    async of(projectId, taskIds) {
      const known = (id: string) => kept.get(keyOf(projectId, id))?.content;
      const missing = taskIds.filter((id) => !known(id));
      const read = missing.length > 0 ? await readTogether(projectId, missing) : null;
      return new Map(
        taskIds.flatMap((id) => {
          const content = read?.get(id) ?? known(id);
          return content ? [[id, content] as const] : [];
        }),
      );
    },
    forget: () => {
      kept.clear();
      characters = 0;
    },
  };
}
