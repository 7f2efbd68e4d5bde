import { projectSettingsSchema } from '@bradley/arena-contract';
import { addTasks, createProject, type Store } from '@bradley/preferences';

export interface ProcessOptions {
  readonly folder: string;
  readonly port: number;
  /** Address of a PostgreSQL server; PGlite in the folder where it is absent. */
  readonly database?: string | undefined;
  readonly tasks: number;
}

/** Id of the project that is judged. */
export const projectId = 'load';
const batch = 1000;

/** A project of pairs of texts by four models, each for as many raters as come. Once. */
export async function createArenaProject(store: Store, { tasks }: ProcessOptions): Promise<void> {
  const settings = projectSettingsSchema.parse({ modality: 'text', votesPerTask: 1000 });
  if (!(await createProject(store, { id: projectId, name: 'Load', settings }))) return;
  for (let first = 0; first < tasks; first += batch)
    await addTasks(
      store,
      projectId,
      Array.from({ length: Math.min(batch, tasks - first) }, (_, i) => ({
        prompt: `What is shown for the prompt number ${first + i}, in a sentence as long as they are`,
        candidates: [0, 1].map((side) => ({
          media: `The text number ${side} of ${first + i}, of the length of an address.`,
          model: `model-${(first + i + side) % 4}`,
          seed: first + i,
        })),
      })),
    );
}
