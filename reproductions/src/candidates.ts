import { createHash } from 'node:crypto';
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@bradley/formats';
import { type Drawer, type Look, planPair } from 'bradley';

/** One drawing of the base model, redrawn towards two pairs of opposite looks: what people or scorers choose between. */
export interface CandidateGroup {
  readonly prompt: string;
  readonly seed: number;
  /** sha256 of the four pictures; 0 and 1 have opposite looks, as have 2 and 3. */
  readonly media: readonly [string, string, string, string];
}

/** As the arena draws: docs/taste.md. */
export const drawing = { steps: 16, guidance: 3 };

/**
 * Draws four candidates for each prompt, in the order given, into `folder`: `candidates.jsonl` and `media/`. What a killed
 * process has drawn is not drawn again.
 */
export async function drawCandidates(
  folder: string,
  drawer: Drawer,
  prompts: readonly string[],
  seedOf: (index: number) => number,
  onProgress: (done: number, total: number) => void,
): Promise<CandidateGroup[]> {
  const media = join(folder, 'media');
  await mkdir(media, { recursive: true });
  const file = join(folder, 'candidates.jsonl');
  const kept = await readGroups(file);
  const groups: CandidateGroup[] = [];
  for (const [index, prompt] of prompts.entries()) {
    const seed = seedOf(index);
    groups.push(kept.get(`${prompt} ${seed}`) ?? (await draw(prompt, seed)));
    onProgress(index + 1, prompts.length);
  }
  return groups;

  async function draw(prompt: string, seed: number): Promise<CandidateGroup> {
    const looks: Look[] = [...planPair(prompt, seed).looks, ...planPair(prompt, seed + 1_000_000).looks];
    const hashes: string[] = [];
    const pngs: Uint8Array[] = [];
    const request = { prompts: looks.map(() => prompt), seeds: looks.map(() => seed), looks, ...drawing };
    await drawer.draw(request, ({ png }) => pngs.push(png));
    for (const png of pngs) {
      const sha = createHash('sha256').update(png).digest('hex');
      await writeFileAtomic(join(media, `${sha}.png`), png);
      hashes.push(sha);
    }
    const group = { prompt, seed, media: hashes as unknown as CandidateGroup['media'] };
    await appendFile(file, `${JSON.stringify(group)}\n`);
    return group;
  }
}

/** What is kept, by prompt and seed; a last line that was cut off is drawn again. */
async function readGroups(file: string): Promise<Map<string, CandidateGroup>> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole !== text) await writeFileAtomic(file, whole);
  const groups = whole
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as CandidateGroup);
  return new Map(groups.map((group) => [`${group.prompt} ${group.seed}`, group]));
}
