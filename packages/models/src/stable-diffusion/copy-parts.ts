import { cp, mkdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

/**
 * Copies a diffusers folder into a new one: its index and its parts, and nothing else that lies there.
 * @param write writes a part itself and gives true, or gives false to have it copied
 */
export async function copyParts(
  from: string,
  to: string,
  write: (part: string, from: string, to: string) => Promise<boolean>,
): Promise<void> {
  await mkdir(to);
  const index = 'model_index.json';
  if (await exists(join(from, index))) await cp(join(from, index), join(to, index), { dereference: true });
  for (const part of await partsOf(from)) {
    const [source, copy] = [join(from, part), join(to, part)];
    if (!(await write(part, source, copy))) await cp(source, copy, { recursive: true, dereference: true });
  }
}

/** The folders that a model was read from, and those that its model_index.json names besides. */
async function partsOf(path: string): Promise<string[]> {
  const file = join(path, 'model_index.json');
  const index = (await exists(file)) ? (JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>) : {};
  const named = Object.entries(index).flatMap(([name, value]) =>
    Array.isArray(value) && value[0] !== null && basename(name) === name ? [name] : [],
  );
  const read = ['unet', 'vae', 'scheduler', ...['', '_2'].flatMap((nth) => [`text_encoder${nth}`, `tokenizer${nth}`])];
  const all = [...new Set([...read, ...named])];
  const there = await Promise.all(all.map((name) => exists(join(path, name))));
  return all.filter((_, i) => there[i]);
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
