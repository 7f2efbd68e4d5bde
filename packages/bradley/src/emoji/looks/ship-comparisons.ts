import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeImage, writeFileAtomic } from '@bradley/formats';
import { type Comparison, openComparisons } from '@bradley/preferences';
import sharp from 'sharp';
import { type Category, readEmojiNames } from '../names.js';
import { lookFlipped, lookUtility } from './look-taste.js';
import { lookSets } from './make-look-judges.js';
import type { NameSet } from './name-sets.js';

/** Which of the drawn pairs ship: the first of each name. The judge's own names are in neither file. */
const shippedSets = {
  train: { set: 'labelling', pairsPerName: 4 },
  heldout: { set: 'heldout', pairsPerName: 2 },
} as const satisfies Record<string, { set: NameSet; pairsPerName: number }>;

/**
 * Writes the comparisons that ship, from what `makeLookJudges` drew into `drawn`: `train.jsonl`, `heldout.jsonl` and `images/*.webp`. WebP at
 * quality 90 changes pixels a little, so the persona chooses anew, between the pictures as they ship.
 *
 * @returns the number of comparisons in each file
 */
export async function shipLookComparisons(drawn: string, output: string): Promise<Record<string, number>> {
  const categories = new Map((await readEmojiNames()).map(({ name, category }) => [name, category]));
  await rm(join(output, 'images'), { recursive: true, force: true });
  await mkdir(join(output, 'images'), { recursive: true });
  const written: Record<string, number> = {};
  for (const [file, { set, pairsPerName }] of Object.entries(shippedSets)) {
    const { pairsPerName: drawnPerName, firstSeed, flipRate } = lookSets[set];
    const source = await openComparisons(join(drawn, 'comparisons', set, 'comparisons.jsonl'));
    const records: Comparison[] = [];
    for await (const row of source) {
      if ('refused' in row) throw new Error(`${row.where}: ${row.refused}. Draw the comparisons anew.`);
      const { id, prompt, candidates } = row.record;
      if (((candidates[0]?.seed ?? 0) - firstSeed) % drawnPerName >= pairsPerName) continue;
      const utilities: number[] = [];
      const shipped: Comparison['candidates'] = [];
      for (const [i, candidate] of candidates.entries()) {
        const media = `images/${id}-${'ab'[i]}.webp`;
        const picture = await sharp(await source.loadMedia(candidate))
          .webp({ quality: 90, effort: 6 })
          .toBuffer();
        await writeFile(join(output, media), picture);
        utilities.push(lookUtility(categories.get(prompt) as Category, await decodeImage(picture)));
        shipped.push({ ...candidate, media });
      }
      const liked = Number(utilities[0]) >= Number(utilities[1]) ? 0 : 1;
      const index = lookFlipped(id, flipRate) ? 1 - liked : liked;
      records.push({ ...row.record, candidates: shipped, outcome: { kind: 'winner', index } });
    }
    await writeFileAtomic(
      join(output, `${file}.jsonl`),
      records.map((record) => `${JSON.stringify(record)}\n`).join(''),
    );
    written[file] = records.length;
  }
  return written;
}
