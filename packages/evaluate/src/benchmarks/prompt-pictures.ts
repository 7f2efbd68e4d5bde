import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

const picture = /\.(png|jpe?g|webp)$/i;

/**
 * The pictures of each prompt, sorted by name: `<id>.png`, `<id>_<anything>.png`, or all in the folder `<id>` or `<id>/samples`, which is where GenEval
 * has them. An id may itself name a folder, as `anime/00012`. Prompts without pictures are left out.
 * @throws Error where no prompt has one
 */
export async function promptPictures(folder: string, ids: readonly string[]): Promise<Map<string, string[]>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const wanted = new Set(ids);
  const found = new Map<string, string[]>();
  for (const entry of entries) {
    if (!entry.isFile() || !picture.test(entry.name)) continue;
    const path = join(entry.parentPath, entry.name);
    const id = idOf(path.slice(join(folder, '/').length).replaceAll('\\', '/'), wanted);
    if (id !== null) found.set(id, [...(found.get(id) ?? []), path]);
  }
  if (found.size === 0)
    throw new Error(
      `${folder}: no picture of any prompt is there. They are expected as ${ids[0]}.png, ${ids[0]}_0.png, ${ids[0]}/0.png or ${ids[0]}/samples/0.png.`,
    );
  return new Map(ids.flatMap((id) => (found.has(id) ? [[id, (found.get(id) as string[]).sort()] as const] : [])));
}

function idOf(path: string, wanted: ReadonlySet<string>): string | null {
  const stem = path.replace(picture, '');
  const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')));
  const candidates = [stem, stem.replace(/_[^_/]*$/, ''), folder, folder.replace(/\/samples$/, '')];
  return candidates.find((candidate) => wanted.has(candidate)) ?? null;
}
