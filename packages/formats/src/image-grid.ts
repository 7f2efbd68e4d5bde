import sharp from 'sharp';
import type { RgbImage } from './image.js';
import { svgText } from './svg-text.js';

const gap = 4;
const labelHeight = 22;

/**
 * A PNG of pictures side by side on white, row by row, each in the middle of a cell as large as the largest.
 * @param labels one line of text under each picture, cut at its width; drawn with the system's fonts
 */
export async function imageGrid(
  images: readonly RgbImage[],
  columns: number,
  labels?: readonly string[],
): Promise<Uint8Array> {
  if (images.length === 0 || !Number.isInteger(columns) || columns < 1) {
    throw new Error(`imageGrid: needs a picture and a column, got ${images.length} pictures and ${columns} columns.`);
  }
  if (labels !== undefined && labels.length !== images.length) {
    throw new Error(`imageGrid: ${images.length} pictures need as many labels, got ${labels.length}.`);
  }
  const cellWidth = Math.max(...images.map(({ width }) => width));
  const cellHeight = Math.max(...images.map(({ height }) => height));
  const rowHeight = cellHeight + (labels ? labelHeight : 0) + gap;
  const rows = Math.ceil(images.length / columns);
  const pieces = images.map((image, index) => ({
    input: Buffer.from(image.data.buffer, image.data.byteOffset, image.data.byteLength),
    raw: { width: image.width, height: image.height, channels: 3 as const },
    left: gap + (index % columns) * (cellWidth + gap) + Math.floor((cellWidth - image.width) / 2),
    top: gap + Math.floor(index / columns) * rowHeight + Math.floor((cellHeight - image.height) / 2),
  }));
  const texts = await Promise.all(
    (labels ?? []).map(async (label, index) => ({
      input: await drawLabel(label, cellWidth),
      left: gap + (index % columns) * (cellWidth + gap),
      top: gap + Math.floor(index / columns) * rowHeight + cellHeight,
    })),
  );
  const width = gap + columns * (cellWidth + gap);
  const height = gap + rows * rowHeight;
  return sharp({ create: { width, height, channels: 3, background: '#ffffff' } })
    .composite([...pieces, ...texts])
    .png()
    .toBuffer();
}

/** A PNG of one line, transparent around the letters. */
async function drawLabel(label: string, width: number): Promise<Buffer> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${labelHeight}"><text x="2" y="15" font-family="sans-serif" font-size="13" fill="#222222">${svgText(label)}</text></svg>`;
  return sharp(Buffer.from(svg)).png().toBuffer();
}
