import { type Html, html } from './html.js';
import type { Grid } from './report.js';

/** Images up to this width are enlarged with hard edges: pixels are what they show. */
const pixelArtWidth = 128;

const signatures = [
  { type: 'image/png', at: 0, bytes: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] },
  { type: 'image/webp', at: 8, bytes: [0x57, 0x45, 0x42, 0x50] },
  { type: 'image/jpeg', at: 0, bytes: [0xff, 0xd8, 0xff] },
] as const;

/** One card per prompt, with one image of each column side by side. */
export function gridSection(grid: Grid): Html {
  const { title, note, prompts, columns } = grid;
  for (const { name, images } of columns) {
    if (images.length !== prompts.length) {
      throw new Error(`grid "${title}": column "${name}" has ${images.length} images for ${prompts.length} prompts.`);
    }
  }
  const cards = prompts.map(
    (prompt, row) => html`<li><figure class="card"><figcaption>${prompt}</figcaption><div class="images">
${columns.map(({ name, images }) => cell(`grid "${title}", column "${name}", image ${row + 1}`, prompt, name, images[row]))}
</div></figure></li>
`,
  );
  return html`<section><h2>${title}</h2>${note && html`<p class="note">${note}</p>`}
<ul class="grid" style="--row: ${Math.min(150 * columns.length + 42, 800)}px">
${cards}</ul></section>
`;
}

function cell(where: string, prompt: string, column: string, image: Uint8Array | undefined): Html {
  if (!image) throw new Error(`${where} is missing.`);
  const { source, pixels } = imageData(where, image);
  return html`<div><img${pixels ? html` class="pixels"` : undefined} src="${source}" alt="${column}: ${prompt}"><span>${column}</span></div>
`;
}

/** A picture as a data URL, and whether its pixels are to be seen. `where` says in errors which picture it is. */
export function imageData(where: string, image: Uint8Array): { source: string; pixels: boolean } {
  const type = imageType(where, image);
  const pixels = type === 'image/png' && pngWidth(image) <= pixelArtWidth;
  return { source: `data:${type};base64,${Buffer.from(image).toString('base64')}`, pixels };
}

function imageType(where: string, image: Uint8Array): string {
  const found = signatures.find(({ at, bytes }) => bytes.every((byte, i) => image[at + i] === byte));
  if (found) return found.type;
  throw new Error(`${where} is not a PNG, WebP or JPEG image (${image.length} bytes).`);
}

/** The width in a PNG's IHDR chunk, which always comes first. */
function pngWidth(image: Uint8Array): number {
  return image.length < 24 ? 0 : new DataView(image.buffer, image.byteOffset, image.byteLength).getUint32(16);
}
