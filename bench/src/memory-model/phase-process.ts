import { type DiffusionModel, openLatentDecoder, openLatentEncoder, samplingGraph, vaeScale } from '@bradley/models';
import { openSession } from '@bradley/runtime';
import { openModel, peakMemory } from 'bradley';
import type { MemoryCase } from './cases.js';

/** Does the work of a phase once, on zeros: `node phase-process.js <model> <phase> [resolution]`. Prints the peak of its memory. */
const phases: Record<
  Exclude<MemoryCase['phase'], 'training'>,
  (model: DiffusionModel, side: number) => Promise<void>
> = {
  'encoding pictures': async (model, side) => {
    const pictures = await openLatentEncoder(model.vae, { height: side, width: side });
    await pictures.encode(new Float32Array(3 * side * side));
  },
  'sampling: denoising': async (model, side) => {
    const latent = side / vaeScale(model.vae.config);
    const lora = { rank: 8, alpha: 8, targets: ['to_q', 'to_k', 'to_v', 'to_out.0'] };
    const { outputs } = samplingGraph(model, [model.unet.config.in_channels, latent, latent], 1, lora);
    const session = await openSession(outputs);
    const feeds = session.model.inputs.map(({ name, shape }) => {
      return [name, new Float32Array(shape.reduce((product, n) => product * n, 1))];
    });
    await session.run(Object.fromEntries(feeds));
  },
  'sampling: decoding': async (model, side) => {
    const latent = side / vaeScale(model.vae.config);
    const decoder = await openLatentDecoder(model.vae, [latent, latent]);
    await decoder.decode(new Float32Array(model.vae.config.latent_channels * latent * latent));
  },
};

const [path, phase, resolution] = process.argv.slice(2);
const work = phases[phase as keyof typeof phases];
if (!path || !work) throw new Error(`usage: phase-process.js <model> <${Object.keys(phases).join('|')}> [resolution]`);
const model = await openModel(path);
const side = resolution ? Number(resolution) : (model.unet.config.sample_size ?? 64) * vaeScale(model.vae.config);
await work(model, side);
console.log(JSON.stringify(await peakMemory()));
