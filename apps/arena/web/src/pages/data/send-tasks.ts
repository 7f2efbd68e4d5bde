import { addTasks, type NewTask, uploadMedia } from '../../api/tasks.js';
import type { FolderFile, PlannedTask } from './tasks-of-files.js';

export interface ChosenFile extends FolderFile {
  readonly file: File;
}

/** Raters are tested with the tasks of a folder: what is of one model is right. */
export interface Test {
  readonly purpose: 'gold' | 'attention';
  readonly right: string;
}

/** The tasks that there are; of tests those that have what is right. */
export const tasksFor = (planned: readonly PlannedTask<ChosenFile>[], test: Test | null) =>
  planned.filter(({ candidates }) => !test || candidates.some(({ model }) => model === test.right));

/** As many as one request may have. */
const atOnce = 500;
const uploadsAtOnce = 4;

/**
 * Uploads the files of tasks, each once, and then adds the tasks, up to 500 at a time: all of those or none.
 * @param onSent files that have arrived, and all
 */
export async function sendTasks(
  project: string,
  modality: string,
  planned: readonly PlannedTask<ChosenFile>[],
  test: Test | null,
  onSent: (done: number, total: number) => void,
): Promise<number> {
  const tasks = tasksFor(planned, test);
  const files = [...new Set(tasks.flatMap(({ candidates }) => candidates.map(({ file }) => file)))];
  const content = new Map<ChosenFile, { text: string } | { media: string }>();
  const waiting = files.values();
  const work = async (): Promise<void> => {
    for (const one of waiting) {
      content.set(one, modality === 'text' ? { text: await one.file.text() } : { media: await sent(project, one) });
      onSent(content.size, files.length);
    }
  };
  await Promise.all(Array.from({ length: uploadsAtOnce }, work));
  const made = tasks.map(
    ({ prompt, candidates }): NewTask => ({
      prompt,
      candidates: candidates.map(({ model, file }) => ({ model, ...content.get(file) })),
      ...(test && {
        purpose: test.purpose,
        expected: { kind: 'winner', index: candidates.findIndex(({ model }) => model === test.right) },
      }),
    }),
  );
  for (let i = 0; i < made.length; i += atOnce) await addTasks(project, made.slice(i, i + atOnce));
  return made.length;
}

async function sent(project: string, { path, file }: ChosenFile): Promise<string> {
  try {
    return await uploadMedia(project, file);
  } catch (error) {
    throw new Error(`${path}: ${error instanceof Error ? error.message : error} Nothing was added.`);
  }
}
