import { type Store, type TaskContent, taskContents } from '@bradley/preferences';

/** What tasks show, kept for those that were asked for last. */
export interface Contents {
  /** Tasks that are not there are left out. */
  of(projectId: string, taskIds: readonly string[]): Promise<ReadonlyMap<string, TaskContent>>;
  forget(): void;
}

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
  return {
    async of(projectId, taskIds) {
      const keyOf = (id: string) => `${projectId}/${id}`;
      const found = new Map<string, TaskContent>();
      for (const id of taskIds) {
        const known = kept.get(keyOf(id));
        if (known) found.set(id, known.content);
      }
      const missing = taskIds.filter((id) => !found.has(id));
      for (const [id, content] of await taskContents(store, projectId, missing)) {
        found.set(id, content);
        if (!kept.has(keyOf(id))) keep(keyOf(id), content);
      }
      return found;
    },
    forget: () => {
      kept.clear();
      characters = 0;
    },
  };
}
