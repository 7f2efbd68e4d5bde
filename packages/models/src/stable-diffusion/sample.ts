import {
  classifierFreeGuidance,
  createSampler,
  fromDiffusersConfig,
  type Sampler,
  type SamplerName,
} from '@bradley/diffusion';
import { joinFloat32 } from '@bradley/formats';
import { graph, input } from '@bradley/graph';
import { type HostData, normal, openSession, type SessionOptions } from '@bradley/runtime';
import { checkpointStore } from '../nn/checkpoint-store.js';
import { type LoraConfig, loraStore } from '../nn/lora.js';
import type { Trainable } from '../nn/params.js';
import { adapterFeeds, type SamplingAdapter } from './adapter-feeds.js';
import { openLatentDecoder, vaeScale } from './autoencoder.js';
import { openPromptEncoder, type PromptConditions } from './conditions.js';
import type { DiffusionModel } from './diffusion-model.js';
import { conditionShapes, unetNetwork } from './unet-network.js';

export interface ImageSamplerOptions extends SessionOptions {
  /** Pixels; default the model's own size. */
  readonly height?: number;
  readonly width?: number;
  /** Images that are denoised together. Default 1. */
  readonly batch?: number;
  /** The geometry of adapters that will be given to `sample`. */
  readonly adapter?: LoraConfig;
}

export interface SampleRequest {
  readonly prompts: readonly string[];
  /** One per prompt: the same seed and prompt give the same noise to every adapter. */
  readonly seeds: readonly number[];
  readonly steps: number;
  /** Classifier-free guidance; 1 is none. */
  readonly guidance: number;
  /** Default: the class of the model's scheduler_config.json. */
  readonly sampler?: SamplerName;
  readonly adapter?: SamplingAdapter | null;
  readonly onImage?: (done: number, total: number) => void;
}

/** RGB (3, height, width) in about [−1, 1]. */
export interface SampledImage {
  readonly height: number;
  readonly width: number;
  readonly data: Float32Array;
}

export interface ImageSampler {
  sample(request: SampleRequest): Promise<SampledImage[]>;
  release(): Promise<void>;
}

/** Loads a pipeline for sampling: text encoders, UNet (with room for one adapter) and decoder, each a session. */
export async function openImageSampler(
  folder: DiffusionModel,
  options: ImageSamplerOptions = {},
): Promise<ImageSampler> {
  const scale = vaeScale(folder.vae.config);
  const side = (folder.unet.config.sample_size ?? 64) * scale;
  const { height = side, width = side, batch = 1 } = options;
  if (height % scale || width % scale)
    throw new RangeError(`an image of ${height}×${width} does not fit this model's latents: use multiples of ${scale}`);
  const latent = [folder.unet.config.in_channels, height / scale, width / scale] as const;
  const prompts = await openPromptEncoder(folder, options);
  const decoder = await openLatentDecoder(folder.vae, [latent[1], latent[2]], options);

  const base = checkpointStore(folder.unet.tensors, folder.unet.path);
  const store = options.adapter ? loraStore(base, options.adapter) : base;
  const shapes = conditionShapes(folder.unet.config, prompts);
  if (shapes.timeIds?.[0] === 5)
    throw new RangeError(
      `${folder.path} is the refiner of SDXL: it finishes what SDXL began, and cannot begin a picture. Sample with SDXL itself.`,
    );
  const rows = 2 * batch; // without and with the prompt
  const conditions = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, input(name, [rows, ...shape])]),
  );
  const prediction = unetNetwork(folder.unet.config, store)(
    input('latents', [rows, ...latent]),
    input('timesteps', [rows]),
    conditions,
  );
  const session = await openSession(graph({ prediction }), options);
  const trainables: readonly Trainable[] = 'trainables' in store ? (store.trainables as readonly Trainable[]) : [];
  const elements = latent[0] * latent[1] * latent[2];
  const timeIds = Float32Array.of(height, width, 0, 0, height, width);
  const known = new Map<string, PromptConditions>();
  const encode = async (prompt: string): Promise<PromptConditions> => {
    const encoded = known.get(prompt) ?? (await prompts.encode(prompt));
    known.set(prompt, encoded);
    return encoded;
  };

  return {
    async sample({ prompts: texts, seeds, steps, guidance, sampler: name, adapter, onImage }) {
      const images: SampledImage[] = [];
      const ofAdapter = adapterFeeds(trainables, adapter ?? null);
      for (let start = 0; start < texts.length; start += batch) {
        const at = Array.from({ length: batch }, (_, i) => Math.min(start + i, texts.length - 1));
        const encoded = await Promise.all([...at.map(() => ''), ...at.map((i) => texts[i] as string)].map(encode));
        const feeds: Record<string, HostData> = { ...ofAdapter, ...conditionFeeds(shapes, encoded, timeIds) };
        const sampler = name
          ? createSampler(name, folder.scheduler, steps)
          : fromDiffusersConfig(folder.scheduler._class_name, folder.scheduler).create(steps);
        const draw = (stream: string, step: number): Float32Array =>
          joinFloat32(at.map((i) => normal({ seed: seeds[i] as number, stream, step, index: 0 }, elements)));
        const predict = async (x: Float32Array, t: number): Promise<Float32Array> => {
          const both = joinFloat32([x, x]);
          const { prediction } = await session.run({
            ...feeds,
            latents: both,
            timesteps: new Float32Array(rows).fill(t),
          });
          const out = prediction?.data as Float32Array;
          return classifierFreeGuidance(out.subarray(0, x.length), out.subarray(x.length), guidance);
        };
        const latents = await denoise(sampler, draw, predict);
        for (let i = 0; i < batch && start + i < texts.length; i++) {
          const data = await decoder.decode(latents.slice(i * elements, (i + 1) * elements));
          images.push({ height, width, data });
          onImage?.(images.length, texts.length);
        }
      }
      return images;
    },
    async release() {
      await Promise.all([prompts.release(), decoder.release(), session.release()]);
    },
  };
}

/** Walks from noise to latents. */
async function denoise(
  sampler: Sampler,
  draw: (stream: string, step: number) => Float32Array,
  predict: (x: Float32Array, t: number) => Promise<Float32Array>,
): Promise<Float32Array> {
  let x: Float32Array = draw('sample', 0).map((z) => z * sampler.initNoiseSigma);
  for (const [i, t] of sampler.timesteps.entries()) {
    const output = await predict(sampler.scaleInput(x, i), t);
    x = sampler.step(output, i, x, sampler.noiseStd(i) > 0 ? draw('sample/step', i + 1) : undefined);
  }
  return x;
}

function conditionFeeds(
  shapes: Readonly<Record<string, readonly number[]>>,
  encoded: readonly PromptConditions[],
  timeIds: Float32Array,
): Record<string, Float32Array> {
  const rowOf: Record<string, (of: PromptConditions) => Float32Array> = {
    encoderHiddenStates: (of) => of.encoderHiddenStates,
    textEmbeds: (of) => of.textEmbeds ?? new Float32Array(),
    timeIds: () => timeIds,
  };
  return Object.fromEntries(
    Object.keys(shapes).map((name) => [
      name,
      joinFloat32(encoded.map((of) => rowOf[name]?.(of) ?? new Float32Array())),
    ]),
  );
}
