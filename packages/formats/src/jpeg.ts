import sharp from 'sharp';
import type { RgbImage } from './image.js';

/** SOI, then the APP0 segment of JFIF 1.01 with square pixels and no thumbnail: what Pillow begins a file with, and libvips leaves out. */
const jfifStart = Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex');

/**
 * A baseline JPEG, byte for byte what Pillow 12.3 with libjpeg-turbo 3.1 saves at this quality: chroma halved both ways, the
 * standard Huffman tables. (Of mozjpeg, which sharp is built with, nothing but what libjpeg-turbo does too is used.)
 * @param quality 1 to 100
 */
export async function encodeJpeg({ width, height, data }: RgbImage, quality: number): Promise<Uint8Array> {
  const encoded = await sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg({ quality, chromaSubsampling: '4:2:0', optimiseCoding: false, mozjpeg: false })
    .toBuffer();
  return Buffer.concat([jfifStart, encoded.subarray(2)]);
}
