import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { kindOfFile, mediaStem } from '../media-kinds.js';
import { readMedia, resolveInside } from '../media-path.js';
import { type ComparisonSource, MediaError, type Row, refusalOf, rowOf } from '../source.js';
import { type Captions, openCaptions } from './captions.js';

export const folderSides = ['chosen', 'rejected'] as const;
type Side = (typeof folderSides)[number];

/**
 * A folder with `chosen/` and `rejected/`, which hold pictures, sounds or videos of the same names (their endings may differ). The caption of
 * `a.png` is `a.txt` beside either image or in the folder, or the line of `captions.jsonl` or `metadata.jsonl` that names it.
 * Records come in the order of their names; the id is the name, candidate 0 is the chosen one, `at` the chosen file's time.
 */
export function readFolder(path: string): ComparisonSource {
  return {
    path,
    format: 'folder',
    [Symbol.asyncIterator]: () => readRows(path),
    loadMedia: async ({ media }) => readMedia(await resolveInside(path, media), media),
  };
}

async function* readRows(folder: string): AsyncGenerator<Row, void> {
  const captions = await openCaptions(folder);
  yield* captions.refused;
  const chosen = await filesByStem(join(folder, 'chosen'));
  const rejected = await filesByStem(join(folder, 'rejected'));
  for (const stem of [...new Set([...chosen.keys(), ...rejected.keys()])].sort()) {
    try {
      yield await readPair(folder, stem, { chosen: chosen.get(stem), rejected: rejected.get(stem) }, captions.of);
    } catch (error) {
      yield refusalOf(`${folder}|${stem}`, error);
    }
  }
}

async function readPair(
  folder: string,
  stem: string,
  files: Record<Side, string[] | undefined>,
  captionOf: Captions['of'],
): Promise<Row> {
  const chosen = only(stem, 'chosen', files.chosen);
  const rejected = only(stem, 'rejected', files.rejected);
  const chosenFile = await resolveInside(folder, chosen);
  await resolveInside(folder, rejected);
  return rowOf(`${folder}|${stem}`, {
    id: stem,
    prompt: await captionOf(stem),
    candidates: [chosen, rejected].map((media) => ({ media, ...kindOfFile(media) })),
    outcome: { kind: 'winner', index: 0 },
    at: (await stat(chosenFile)).mtime.toISOString(),
  });
}

/** The one file of a side, as an address inside the folder. */
function only(stem: string, side: Side, files: string[] | undefined): string {
  const [file, second] = files ?? [];
  if (!file) throw new MediaError('missing-file', `${side}/ has no file named ${stem}`);
  if (second) throw new MediaError('bad-row', `${side}/ has both ${file} and ${second}: keep one`);
  return `${side}/${file}`;
}

async function filesByStem(folder: string): Promise<Map<string, string[]>> {
  const stems = new Map<string, string[]>();
  for (const file of (await readdir(folder)).sort()) {
    const stem = mediaStem(file);
    if (stem !== undefined) stems.set(stem, [...(stems.get(stem) ?? []), file]);
  }
  return stems;
}
