/** A file of a chosen folder: its path from there, such as `candidates/model-a/red-fox.png`. */
export interface FolderFile {
  readonly path: string;
}

export interface PlannedTask<F extends FolderFile> {
  readonly prompt: string;
  readonly candidates: readonly { readonly model: string; readonly file: F }[];
}

export interface Plan<F extends FolderFile> {
  readonly tasks: readonly PlannedTask<F>[];
  readonly models: readonly string[];
  /** Paths that are in no task. */
  readonly leftOut: readonly string[];
}

const most = 8;

/**
 * Tasks from a folder that has a folder for each model: files of the same name are candidates for the same prompt, which the name says. Of
 * more models than are shown at once every choice of so many becomes a task. Hidden files are passed over.
 */
export function tasksOfFiles<F extends FolderFile>(files: readonly F[], shownAtOnce: number): Plan<F> {
  const groups = new Map<string, Map<string, F>>();
  const leftOut: string[] = [];
  for (const file of files) {
    const parts = file.path.split('/');
    const name = parts.at(-1) ?? '';
    const model = parts.at(-2);
    if (name.startsWith('.')) continue;
    const prompt = promptOf(name);
    const group = groups.get(prompt) ?? new Map<string, F>();
    if (model === undefined || parts.length < 3 || prompt === '' || group.has(model)) leftOut.push(file.path);
    else groups.set(prompt, group.set(model, file));
  }
  const tasks: PlannedTask<F>[] = [];
  const models = new Set<string>();
  for (const [prompt, group] of [...groups].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const made = [...group].map(([model, file]) => ({ model, file })).sort((a, b) => (a.model < b.model ? -1 : 1));
    if (made.length < 2) {
      leftOut.push(...made.map(({ file }) => file.path));
      continue;
    }
    for (const { model } of made) models.add(model);
    const size = Math.min(shownAtOnce, made.length, most);
    for (const candidates of combinations(made, size)) tasks.push({ prompt, candidates });
  }
  return { tasks, models: [...models].sort(), leftOut };
}

/** `red-fox_at-night.png` is of "red fox at night". */
const promptOf = (name: string): string =>
  name
    .replace(/\.[^.]*$/, '')
    .replace(/[-_\s]+/g, ' ')
    .trim();

function combinations<T>(of: readonly T[], size: number): T[][] {
  if (size === 0) return [[]];
  return of.flatMap((first, i) => combinations(of.slice(i + 1), size - 1).map((rest) => [first, ...rest]));
}
