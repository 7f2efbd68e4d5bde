import { addNoise, classifierFreeGuidance, fromDiffusersConfig, noiseSchedule } from '@bradley/diffusion';
import { joinFloat32 } from '@bradley/formats';
import {
  adapterFeeds,
  type DiffusionModel,
  openLatentDecoder,
  openLatentEncoder,
  openPromptEncoder,
  type PolicyWeights,
  samplingGraph,
  scaleLatents,
  vaeScale,
} from '@bradley/models';
import { normal, openSession, type RandomKey, type SessionOptions } from '@bradley/runtime';
export interface RedrawOptions extends SessionOptions {
  /** The share of the way to pure noise that a picture is taken; 0 passes it through the autoencoder alone. */
  readonly strength: number;
  readonly seed: number;
  /** Of the whole way from noise; redrawing takes `strength` of them. */
  readonly steps: number;
  readonly guidance: number;
}

/** A picture (3, H, W) of the model's own size, in [−1, 1], to be drawn again under a name, with noise of its own. */
export interface Redrawing {
  readonly name: string;
  readonly image: Float32Array;
  readonly noise: RandomKey;
}

export interface RedrawerOptions extends Omit<RedrawOptions, 'seed'> {
  /** Pictures that are denoised together. Default 8. */
  readonly batch?: number;
  /** The geometry of adapters that will be given. */
  readonly adapter?: PolicyWeights['config'];
}

export interface Redrawer {
  redraw(pictures: readonly Redrawing[], adapter?: PolicyWeights | null): Promise<Float32Array[]>;
  release(): Promise<void>;
}

/**
 * Pictures (3, H, W) of a model's own size as it redraws them under their names, cut to [−1, 1]: encoded, noised part of the way, and
 * denoised (SDEdit, Meng et al. 2021, arXiv:2108.01073). They keep their layout and colours, and are drawn by the hand
 * that samples: what is known of the picture is known of the redrawn one.
 */
export async function redraw(
  pictures: readonly { readonly name: string; readonly image: Float32Array }[],
  folder: DiffusionModel,
  { seed, ...options }: RedrawOptions,
): Promise<Float32Array[]> {
  const redrawer = await openRedrawer(folder, options);
  const step = Math.round(options.steps * (1 - options.strength));
  const redrawn = await redrawer.redraw(
    pictures.map(({ name, image }, i) => ({ name, image, noise: { seed, stream: 'redraw', step, index: i } })),
  );
  await redrawer.release();
  return redrawn;
}

/**
 * A model held ready to redraw, of one strength.
 * @throws RangeError where its own sampler cannot begin in the middle
 */
export async function openRedrawer(
  folder: DiffusionModel,
  { strength, steps, guidance, batch = 8, adapter: geometry, ...options }: RedrawerOptions,
): Promise<Redrawer> {
  const { _class_name: name } = folder.scheduler;
  if (name !== 'DDIMScheduler')
    throw new RangeError(
      `${folder.path}: redrawing begins in the middle of a DDIMScheduler, and this model has a ${name}.`,
    );
  const sampler = fromDiffusersConfig(name, folder.scheduler).create(steps);
  const schedule = noiseSchedule(folder.scheduler as Parameters<typeof noiseSchedule>[0]);
  const first = Math.round(steps * (1 - strength));
  const side = (folder.unet.config.sample_size ?? 64) * vaeScale(folder.vae.config);
  const encoder = await openLatentEncoder(folder.vae, { height: side, width: side }, options);
  const decoder = await openLatentDecoder(folder.vae, [encoder.shape[1], encoder.shape[2]], options);
  const prompts = await openPromptEncoder(folder, options);
  const { outputs, fed } = samplingGraph(folder, encoder.shape, batch, geometry ?? null);
  const session = await openSession(outputs, options);
  const elements = encoder.shape.reduce((a, b) => a * b, 1);

  const denoise = async (
    rows: readonly Redrawing[],
    clean: Float32Array,
    adapter: PolicyWeights | null,
  ): Promise<Float32Array> => {
    const t = sampler.timesteps[first];
    if (t === undefined) return clean;
    const noise = joinFloat32(rows.map(({ noise: key }) => normal(key, elements)));
    let x = addNoise(schedule, clean, noise, new Array(batch).fill(t));
    const states: Float32Array[] = [];
    for (const text of [...rows.map(() => ''), ...rows.map((row) => row.name)])
      states.push((await prompts.encode(text)).encoderHiddenStates);
    const feeds = { ...adapterFeeds(fed(), adapter), encoderHiddenStates: joinFloat32(states) };
    for (let i = first; i < sampler.timesteps.length; i++) {
      const timesteps = new Float32Array(2 * batch).fill(sampler.timesteps[i] as number);
      const { prediction } = await session.run({ ...feeds, latents: joinFloat32([x, x]), timesteps });
      const out = prediction?.data as Float32Array;
      x = sampler.step(classifierFreeGuidance(out.subarray(0, x.length), out.subarray(x.length), guidance), i, x);
    }
    return x;
  };

  return {
    async redraw(pictures, adapter = null) {
      const redrawn: Float32Array[] = [];
      for (let start = 0; start < pictures.length; start += batch) {
        const rows = Array.from(
          { length: batch },
          (_, i) => pictures[Math.min(start + i, pictures.length - 1)] as Redrawing,
        );
        const encoded: Float32Array[] = [];
        for (const { image } of rows) encoded.push(scaleLatents((await encoder.encode(image)).mean, folder.vae.config));
        const x = await denoise(rows, joinFloat32(encoded), adapter);
        for (let i = 0; i < batch && start + i < pictures.length; i++) {
          const image = await decoder.decode(x.slice(i * elements, (i + 1) * elements));
          redrawn.push(image.map((value) => Math.min(Math.max(value, -1), 1)));
        }
      }
      return redrawn;
    },
    async release() {
      await Promise.all([encoder.release(), decoder.release(), prompts.release(), session.release()]);
    },
  };
}
