import type { DiffusionModel } from '@bradley/models';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearestSize, pictureSizes, sideMultiple, sizeText } from './buckets.js';

/** As much of a model as decides about sizes: levels of the UNet and of the VAE. */
const model = (unet: number, vae: number, sample_size = 64) =>
  ({
    unet: { config: { block_out_channels: Array(unet).fill(32), sample_size } },
    vae: { config: { block_out_channels: Array(vae).fill(32) } },
  }) as DiffusionModel;
const [sd15, sdxl] = [model(4, 4), model(3, 4, 128)];
const texts = (of: DiffusionModel, maxAspect: number, multiple: number | null = null) =>
  pictureSizes(of, { resolution: null, buckets: { maxAspect, multiple } }).map(sizeText);

describe('the sizes of pictures', () => {
  it('are the square alone without buckets', () => {
    expect(pictureSizes(sd15, { resolution: null, buckets: null })).toEqual([{ height: 512, width: 512 }]);
    expect(pictureSizes(sd15, { resolution: 264, buckets: null })).toEqual([{ height: 264, width: 264 }]);
    expect(() => pictureSizes(sd15, { resolution: 260, buckets: null })).toThrow('this VAE needs a multiple of 8');
  });

  it('of SD 1.5 are multiples of 64, both ways, up to the longest that is asked for', () => {
    expect(texts(sd15, 2)).toEqual(['512×512', '640×384', '384×640', '576×448', '448×576']);
    expect(texts(sd15, 1)).toEqual(['512×512']);
    expect(texts(sd15, 4)).toContain('1024×256');
  });

  it('of SDXL are by 64 among those that it was trained with', () => {
    expect([sideMultiple(sd15), sideMultiple(sdxl)]).toEqual([64, 32]);
    const ones = texts(sdxl, 2, 64);
    for (const text of ['1024×1024', '1152×896', '896×1152', '1216×832', '1344×768', '768×1344'])
      expect(ones).toContain(text);
    expect(texts(sdxl, 2).length).toBeGreaterThan(ones.length);
  });

  it('never have more pixels than the square, nor sides that the model cannot halve', () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 40 }),
        fc.double({ min: 1, max: 6, noNaN: true }),
        (levels, vaeLevels, units, maxAspect) => {
          const of = model(levels, vaeLevels);
          const multiple = sideMultiple(of);
          const side = units * multiple;
          const sizes = pictureSizes(of, { resolution: side, buckets: { maxAspect, multiple: null } });
          expect(new Set(sizes.map(sizeText)).size).toBe(sizes.length);
          for (const { height, width } of sizes) {
            expect([height % multiple, width % multiple]).toEqual([0, 0]);
            expect(height * width).toBeLessThanOrEqual(side * side);
            expect(Math.max(height / width, width / height)).toBeLessThanOrEqual(maxAspect);
            // As many as fit: one more multiple of the longer side would be too many pixels.
            if (height !== width)
              expect(Math.min(height, width) * (Math.max(height, width) + multiple)).toBeGreaterThan(side * side);
          }
        },
      ),
    ));

  it('that do not fit the model are refused with what would', () => {
    const at = (resolution: number, multiple: number | null = null) =>
      pictureSizes(sd15, { resolution, buckets: { maxAspect: 2, multiple } });
    expect(() => at(520)).toThrow(
      'data.resolution 520: with buckets it must be a multiple of 64, as the VAE has 8 pixels to a latent and the UNet ' +
        'halves latents 3 times. Choose 512.',
    );
    expect(() => at(512, 96)).toThrow('data.buckets.multiple 96: expected a multiple of 64');
    expect(() => at(576, 128)).toThrow('must be a multiple of 128, which data.buckets.multiple says. Choose 640.');
  });
});

describe('the nearest size', () => {
  const sizes = pictureSizes(sd15, { resolution: null, buckets: { maxAspect: 2, multiple: null } });
  const nearest = (...pictures: (readonly [number, number])[]) =>
    sizeText(
      sizes[
        nearestSize(
          sizes,
          pictures.map(([width, height]) => ({ width, height })),
        )
      ] as (typeof sizes)[number],
    );

  it('is that of the nearest aspect ratio, whatever the size of the picture', () => {
    expect(nearest([3000, 3000])).toBe('512×512');
    expect(nearest([90, 60])).toBe('640×384');
    expect(nearest([600, 800])).toBe('448×576');
    expect(nearest([100, 900])).toBe('384×640');
  });

  it('of two pictures lies between them: a wide one and as tall a one give the square', () => {
    expect(nearest([900, 600], [600, 900])).toBe('512×512');
    expect(nearest([900, 600], [900, 600])).toBe('640×384');
  });
});
