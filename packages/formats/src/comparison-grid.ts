import sharp from 'sharp';
import type { RgbImage } from './image.js';
import { svgText } from './svg-text.js';

/** Pictures of the same things by one model, in the order of the rows. */
export interface ComparisonColumn {
  readonly name: string;
  readonly images: readonly RgbImage[];
}

/** Pictures are shown this wide at most; smaller ones are enlarged by whole numbers up to about the least. */
const [least, most] = [192, 512];
const gap = 8;
const headerHeight = 36;
const [lineHeight, lines] = [20, 2];
/** Width of a letter of the captions, on average, in pixels. */
const letter = 7.2;

/**
 * A PNG that compares models: a column for each under its name, a row for each caption, which stands above its pictures on two
 * lines at most. Drawn with the system's fonts.
 */
export async function comparisonGrid(
  columns: readonly ComparisonColumn[],
  captions: readonly string[],
): Promise<Uint8Array> {
  const wrong = columns.find(({ images }) => images.length !== captions.length);
  if (columns.length === 0 || captions.length === 0 || wrong)
    throw new Error(
      `comparisonGrid: ${captions.length} captions need as many pictures in each column, found ` +
        `${columns.map(({ name, images }) => `${images.length} in ${name}`).join(', ') || 'no column'}.`,
    );
  const all = columns.flatMap(({ images }) => images);
  const cell = cellSize(Math.max(...all.map(({ width }) => width)), Math.max(...all.map(({ height }) => height)));
  const rowHeight = lines * lineHeight + cell.height + 2 * gap;
  const width = gap + columns.length * (cell.width + gap);
  const height = headerHeight + captions.length * rowHeight;
  const left = (column: number): number => gap + column * (cell.width + gap);
  const top = (row: number): number => headerHeight + row * rowHeight + lines * lineHeight;

  const pieces = columns.flatMap(({ images }, column) =>
    images.map(async (image, row) => ({
      input: await scaled(image, cell.scale),
      left: left(column),
      top: top(row),
    })),
  );
  const names = columns.map(({ name }, i) => text(left(i), 25, name, 18, 'bold'));
  const letters = Math.floor((width - 2 * gap) / letter);
  const captionLines = captions.flatMap((caption, row) =>
    wrap(caption, letters).map((line, i, { length }) =>
      text(gap, top(row) - 6 - (length - 1 - i) * lineHeight, line, 14, 'normal'),
    ),
  );
  const labels = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${[...names, ...captionLines].join('')}</svg>`;
  return sharp({ create: { width, height, channels: 3, background: '#ffffff' } })
    .composite([...(await Promise.all(pieces)), { input: Buffer.from(labels), left: 0, top: 0 }])
    .png()
    .toBuffer();
}

function cellSize(width: number, height: number) {
  const scale = width > most ? most / width : Math.max(1, Math.round(least / width));
  return { scale, width: Math.round(width * scale), height: Math.round(height * scale) };
}

/** A PNG of the picture; enlarged with hard edges, as pixels are then what it shows. */
async function scaled({ width, height, data }: RgbImage, scale: number): Promise<Buffer> {
  const source = sharp(data, { raw: { width, height, channels: 3 } });
  if (scale === 1) return source.png().toBuffer();
  return source
    .resize(Math.round(width * scale), Math.round(height * scale), { kernel: scale > 1 ? 'nearest' : 'lanczos3' })
    .png()
    .toBuffer();
}

/** Lines of so many letters, broken at spaces where there are some; what does not fit ends in an ellipsis. */
function wrap(caption: string, letters: number): string[] {
  const wrapped = [''];
  for (const word of caption.trim().split(/\s+/)) {
    const last = wrapped.at(-1) as string;
    const longer = last === '' ? word : `${last} ${word}`;
    if (longer.length <= letters || last === '') wrapped[wrapped.length - 1] = longer;
    else wrapped.push(word);
  }
  const cut = (line: string, more: boolean): string =>
    more || line.length > letters ? `${line.slice(0, letters - 1)}…` : line;
  return wrapped.slice(0, lines).map((line, i) => cut(line, i === lines - 1 && wrapped.length > lines));
}

const text = (x: number, y: number, content: string, size: number, weight: string): string =>
  `<text x="${x}" y="${y}" font-family="sans-serif" font-size="${size}" font-weight="${weight}" fill="#222222">${svgText(content)}</text>`;
