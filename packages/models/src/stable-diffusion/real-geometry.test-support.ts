import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import type { LdmLayout, PipelinePart } from '@bradley/formats';

/** Every tensor of a network by name, as diffusers and transformers make it from the released config. */
export interface RealNetwork {
  /** As the reference counts them. */
  readonly tensors: number;
  readonly parameters: number;
  readonly shapes: ReadonlyMap<string, readonly number[]>;
}

/** The networks of `fixtures/real_geometry.txt.gz`: `# <network> <tensors> <parameters>`, then a line a tensor. */
export async function realNetworks(): Promise<ReadonlyMap<string, RealNetwork>> {
  const packed = await readFile(new URL('../../../../fixtures/real_geometry.txt.gz', import.meta.url));
  const sections = gunzipSync(packed).toString().trimEnd().split(/^# /m).slice(1);
  return new Map(
    sections.map((section) => {
      const [head = '', ...lines] = section.trimEnd().split('\n');
      const [name = '', tensors, parameters] = head.split(' ');
      const shapes = lines.map((line): [string, number[]] => {
        const [tensor = '', ...shape] = line.split(' ');
        return [tensor, shape.map(Number)];
      });
      return [name, { tensors: Number(tensors), parameters: Number(parameters), shapes: new Map(shapes) }];
    }),
  );
}

/** Which network is which part of a layout. */
export const realParts: Readonly<Record<LdmLayout, Readonly<Partial<Record<PipelinePart, string>>>>> = {
  sd1: { unet: 'unet/sd1', vae: 'vae/sd', text_encoder: 'text/clip-l' },
  sd2: { unet: 'unet/sd2', vae: 'vae/sd', text_encoder: 'text/clip-h' },
  sdxl: { unet: 'unet/sdxl', vae: 'vae/sd', text_encoder: 'text/clip-l', text_encoder_2: 'text/clip-g' },
  'sdxl-refiner': { unet: 'unet/sdxl-refiner', vae: 'vae/sd', text_encoder_2: 'text/clip-g' },
};
