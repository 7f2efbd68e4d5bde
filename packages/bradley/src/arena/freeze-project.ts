import { openInsight } from '@bradley/arena-server';
import {
  type FreezeOptions,
  type FrozenSnapshot,
  findProject,
  freezeSnapshot,
  type MediaStore,
  type Store,
} from '@bradley/preferences';

/** Freezes a project as the arena's page does: with agreement between raters and the bias of places on its card. */
export async function freezeProject(store: Store, media: MediaStore, options: FreezeOptions): Promise<FrozenSnapshot> {
  const { projectId } = options;
  if (!(await findProject(store, projectId))) return freezeSnapshot(store, media, options); // says that it is not there
  const insight = openInsight(store);
  try {
    const { questions } = await insight.statistics(projectId);
    return await freezeSnapshot(store, media, { ...options, insight: questions });
  } finally {
    await insight.close();
  }
}
