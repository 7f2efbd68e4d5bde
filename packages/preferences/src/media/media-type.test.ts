import { encodePng } from '@bradley/formats';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { mediaTypeOf } from './media-type.js';

const of = (text: string) => mediaTypeOf(Buffer.from(text, 'latin1'));

it('tells what browsers can show by its first bytes', async () => {
  expect(mediaTypeOf(await encodePng(new Uint8Array(3), 1, 1))).toBe('image/png');
  expect(of('RIFF\0\0\0\0WEBPVP8 ')).toBe('image/webp');
  expect(of('RIFF\0\0\0\0WAVEfmt ')).toBe('audio/wav');
  expect(of('\0\0\0\x1cftypavif\0\0\0\0')).toBe('image/avif');
  expect(of('\0\0\0\x20ftypisom\0\0')).toBe('video/mp4');
});

it('knows nothing that could hold a script', () => {
  for (const text of ['<svg xmlns="http://www.w3.org/2000/svg">', '<!doctype html>', '\ufeff<svg', '%PDF-1.7', ''])
    expect(of(text)).toBeNull();
});

it('takes any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) =>
      /^(image|audio|video)\/|^null$/.test(`${mediaTypeOf(bytes)}`),
    ),
  );
});
