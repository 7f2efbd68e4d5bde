import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import sharp from 'sharp';
import { z } from 'zod';
import type { Designer } from './names.js';

const box = { left: z.number(), top: z.number(), width: z.number(), height: z.number() };
const icon = z.object({ body: z.string(), ...box }).partial({ left: true, top: true, width: true, height: true });
const iconSet = z
  .object({ icons: z.record(z.string(), icon), ...box })
  .partial({ left: true, top: true, width: true, height: true });
export type IconSet = z.infer<typeof iconSet>;

/** The package of each design; licences in `models/emoji/README.md`. */
export const iconPackages: Record<Designer, string> = {
  noto: '@iconify-json/noto',
  twemoji: '@iconify-json/twemoji',
  fluent: '@iconify-json/fluent-emoji-flat',
};

/** Edge of a picture in pixels. */
export const imageSize = 64;

/** Reads the icons of one design from its installed package. */
export async function readIconSet(designer: Designer): Promise<IconSet> {
  const file = createRequire(import.meta.url).resolve(`${iconPackages[designer]}/icons.json`);
  return iconSet.parse(JSON.parse(await readFile(file, 'utf8')));
}

/** An icon of an Iconify set as an SVG document; a size the icon does not give is the set's, and 16 when neither does. */
export function iconSvg(set: IconSet, key: string, size = imageSize): string {
  const found = set.icons[key];
  if (!found)
    throw new Error(`no icon "${key}" in this set of ${Object.keys(set.icons).length}. Check the key in names.json.`);
  const { left = 0, top = 0, width = 16, height = 16, body } = { ...set, ...found };
  const viewBox = `${left} ${top} ${width} ${height}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${size}" height="${size}" viewBox="${viewBox}">${body}</svg>`;
}

/** Draws an SVG on white: RGB bytes, (size, size, 3), rows from the top. */
export async function renderSvg(svg: string, size = imageSize): Promise<Uint8Array> {
  const { data, info } = await sharp(Buffer.from(svg))
    .resize(size, size, { fit: 'fill' })
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  if (info.channels !== 3) throw new Error(`an icon rendered to ${info.channels} channels, expected 3 (RGB).`);
  return new Uint8Array(data);
}
