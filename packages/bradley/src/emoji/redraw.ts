import { addNoise, classifierFreeGuidance, fromDiffusersConfig, noiseSchedule } from '@bradley/diffusion';
import { joinFloat32 } from '@bradley/formats';
import { graph, input } from '@bradley/graph';
import {
  checkpointStore,
  conditionShapes,
  type DiffusionModel,
  openLatentDecoder,
  openLatentEncoder,
  openPromptEncoder,
  scaleLatents,
  unetNetwork,
} from '@bradley/models';
import { normal, openSession, type SessionOptions } from '@bradley/runtime';
import { imageSize } from './render.js';

export interface RedrawOptions extends SessionOptions {
  /** The share of the way to pure noise that a picture is taken; 0 passes it through the autoencoder alone. */
  readonly strength: number;
  readonly seed: number;
  /** Of the whole way from noise; redrawing takes `strength` of them. */
  readonly steps: number;
  readonly guidance: number;
}

/** Pictures that are denoised together. */
const batch = 8;

/**
 * Pictures (3, 64, 64) as a model redraws them under their names, cut to [−1, 1]: encoded, noised part of the way, and
 * denoised (SDEdit, Meng et al. 2021, arXiv:2108.01073). They keep their layout and colours, and are drawn by the hand
 * that samples: what is known of the picture is known of the redrawn one.
 */
export async function redraw(
  pictures: readonly { readonly name: string; readonly image: Float32Array }[],
  folder: DiffusionModel,
  { strength, seed, steps, guidance, ...options }: RedrawOptions,
): Promise<Float32Array[]> {
  const sampler = fromDiffusersConfig(folder.scheduler._class_name, folder.scheduler).create(steps);
  const schedule = noiseSchedule(folder.scheduler as Parameters<typeof noiseSchedule>[0]);
  const first = Math.round(steps * (1 - strength));
  const encoder = await openLatentEncoder(folder.vae, { height: imageSize, width: imageSize }, options);
  const decoder = await openLatentDecoder(folder.vae, [encoder.shape[1], encoder.shape[2]], options);
  const predictor = await openPredictor(folder, encoder.shape, options);
  const elements = encoder.shape.reduce((a, b) => a * b, 1);
  const redrawn: Float32Array[] = [];
  for (let start = 0; start < pictures.length; start += batch) {
    const at = Array.from({ length: batch }, (_, i) => Math.min(start + i, pictures.length - 1));
    const rows = at.map((i) => pictures[i] as (typeof pictures)[number]);
    const encoded: Float32Array[] = [];
    for (const { image } of rows) encoded.push(scaleLatents((await encoder.encode(image)).mean, folder.vae.config));
    let x = joinFloat32(encoded);
    const t = sampler.timesteps[first];
    if (t !== undefined) {
      const noise = joinFloat32(at.map((index) => normal({ seed, stream: 'redraw', step: first, index }, elements)));
      x = addNoise(schedule, x, noise, new Array(batch).fill(t));
      const predict = await predictor.under(rows.map(({ name }) => name));
      for (let i = first; i < sampler.timesteps.length; i++)
        x = sampler.step(await predict(x, sampler.timesteps[i] as number, guidance), i, x);
    }
    for (let i = 0; i < batch && start + i < pictures.length; i++) {
      const image = await decoder.decode(x.slice(i * elements, (i + 1) * elements));
      redrawn.push(image.map((value) => Math.min(Math.max(value, -1), 1)));
    }
  }
  await Promise.all([encoder.release(), decoder.release(), predictor.release()]);
  return redrawn;
}

type Predict = (x: Float32Array, t: number, guidance: number) => Promise<Float32Array>;

/** The guided prediction of a batch of latents, under as many prompts. */
async function openPredictor(folder: DiffusionModel, latent: readonly number[], options: SessionOptions) {
  const prompts = await openPromptEncoder(folder, options);
  const shapes = conditionShapes(folder.unet.config, prompts);
  const conditions = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, input(name, [2 * batch, ...shape])]),
  );
  const prediction = unetNetwork(folder.unet.config, checkpointStore(folder.unet.tensors, folder.unet.path))(
    input('latents', [2 * batch, ...latent]),
    input('timesteps', [2 * batch]),
    conditions,
  );
  const session = await openSession(graph({ prediction }), options);
  return {
    async under(names: readonly string[]): Promise<Predict> {
      const states: Float32Array[] = [];
      for (const text of [...names.map(() => ''), ...names])
        states.push((await prompts.encode(text)).encoderHiddenStates);
      const encoderHiddenStates = joinFloat32(states);
      return async (x, t, guidance) => {
        const timesteps = new Float32Array(2 * batch).fill(t);
        const results = await session.run({ latents: joinFloat32([x, x]), timesteps, encoderHiddenStates });
        const out = results.prediction?.data as Float32Array;
        return classifierFreeGuidance(out.subarray(0, x.length), out.subarray(x.length), guidance);
      };
    },
    async release(): Promise<void> {
      await Promise.all([prompts.release(), session.release()]);
    },
  };
}
