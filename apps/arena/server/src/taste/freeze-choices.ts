import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@bradley/formats';
import { exportComparisons, mediaTypeOf } from '@bradley/preferences';
import type { Arena } from '../context.js';

/**
 * Writes the choices of a project that a taste can be learnt from into a folder of their own, as JSONL and pictures, so that what a run
 * trains on stays as it was. Who chose is left out. Returns the path to train on, and how many there are.
 */
export async function freezeChoices(
  { store, media }: Pick<Arena, 'store' | 'media'>,
  { projectId, question, folder }: { projectId: string; question: string; folder: string },
): Promise<{ data: string; choices: number }> {
  await mkdir(join(folder, 'images'), { recursive: true });
  const written = new Set<string>();
  const lines: string[] = [];
  const filter = { questions: [question], kinds: ['winner', 'ranking'] as const };
  for await (const { rater: _rater, session: _session, ...record } of exportComparisons(store, { projectId, filter })) {
    const pictures = await Promise.all(
      record.candidates.map(async (of) => (of.kind === undefined ? await media.get(of.media).catch(() => null) : null)),
    );
    if (pictures.some((bytes) => bytes === null || !mediaTypeOf(bytes)?.startsWith('image/'))) continue;
    for (const [i, { media: sha256 }] of record.candidates.entries()) {
      if (written.has(sha256)) continue;
      await writeFile(join(folder, 'images', sha256), pictures[i] as Uint8Array);
      written.add(sha256);
    }
    lines.push(JSON.stringify(record));
  }
  const data = join(folder, 'comparisons.jsonl');
  await writeFileAtomic(data, `${lines.join('\n')}\n`);
  return { data, choices: lines.length };
}
