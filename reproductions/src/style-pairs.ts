import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeImage, encodePng, writeFileAtomic } from '@bradley/formats';
import type { Drawer, Look } from 'bradley';
import { drawing } from './candidates.js';
import type { StylePair } from './data-sets.js';
import { night, type Style } from './styles.js';

const orange: Look = { warm: 1, light: 0, vivid: 0 };

/** A plain drawing and one in the style for every prompt and seed. Pictures go to `media/`; a list that is complete is not drawn again. */
export async function drawStylePairs(
  folder: string,
  drawer: Drawer,
  style: Style,
  prompts: readonly { readonly prompt: string; readonly seed: number }[],
): Promise<StylePair[]> {
  const file = join(folder, `${style}-drawn.json`);
  const kept = await readFile(file, 'utf8').catch(() => null);
  if (kept !== null) return JSON.parse(kept) as StylePair[];
  const media = join(folder, 'media');
  await mkdir(media, { recursive: true });
  const keep = async (png: Uint8Array): Promise<string> => {
    const sha = createHash('sha256').update(png).digest('hex');
    await writeFileAtomic(join(media, `${sha}.png`), png);
    return sha;
  };
  const looks = style === 'warm' ? [null, orange] : [null];
  const jobs = prompts.flatMap((of) => looks.map((look) => ({ ...of, look })));
  const pngs: Uint8Array[] = [];
  await drawer.draw(
    {
      prompts: jobs.map(({ prompt }) => prompt),
      seeds: jobs.map(({ seed }) => seed),
      looks: jobs.map(({ look }) => look),
      ...drawing,
    },
    ({ png }) => pngs.push(png),
  );
  const pairs: StylePair[] = [];
  for (const [i, of] of prompts.entries()) {
    const plain = pngs[i * looks.length] as Uint8Array;
    const styled = style === 'warm' ? (pngs[i * looks.length + 1] as Uint8Array) : await turned(plain);
    pairs.push({ ...of, plain: await keep(plain), styled: await keep(styled) });
  }
  await writeFileAtomic(file, JSON.stringify(pairs));
  return pairs;
}

async function turned(png: Uint8Array): Promise<Uint8Array> {
  const { width, height, data } = night(await decodeImage(png));
  return encodePng(data, width, height);
}
