/**
 * The settings of a `run.yaml` by their paths, such as `train.steps`, as they are written there. It reads the form in which Bradley
 * writes the file, and no other YAML: mappings one below the other, lists in one line, a comment behind a value.
 */
export function settingsOf(yaml: string): Map<string, string> {
  const settings = new Map<string, string>();
  const path: { readonly indent: number; readonly name: string }[] = [];
  for (const line of yaml.split('\n')) {
    const [, spaces, name, rest] = /^( *)([\w-]+):(?: +(.*))?$/.exec(line) ?? [];
    if (spaces === undefined || name === undefined) continue;
    while ((path.at(-1)?.indent ?? -1) >= spaces.length) path.pop();
    path.push({ indent: spaces.length, name });
    const value = withoutComment(rest ?? '');
    if (value !== '') settings.set(path.map((part) => part.name).join('.'), value);
  }
  return settings;
}

/** What stands before a # that is not inside quotes. */
const withoutComment = (text: string): string =>
  (/^(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|(?!#)(?: (?!#)|[^ "'])|["'])*/.exec(text)?.[0] ?? text).trim();

/** The settings in which several runs differ, with each run's value, in the order of the first file that has them. */
export function differences(
  files: readonly ReadonlyMap<string, string>[],
): { path: string; values: (string | null)[] }[] {
  const paths = [...new Set(files.flatMap((file) => [...file.keys()]))];
  return paths
    .map((path) => ({ path, values: files.map((file) => file.get(path) ?? null) }))
    .filter(({ values }) => new Set(values).size > 1);
}
