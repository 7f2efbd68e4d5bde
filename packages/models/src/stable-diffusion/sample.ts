import {
  classifierFreeGuidance,
  createSampler,
  fromDiffusersConfig,
  requirePrediction,
  type Sampler,
  type SamplerName,
  samplers,
} from '@bradley/diffusion';
import { joinFloat32 } from '@bradley/formats';
import { type Graph, graph, input } from '@bradley/graph';
import { type HostData, normal, openSession, type SessionOptions } from '@bradley/runtime';
import { checkpointStore } from '../nn/checkpoint-store.js';
import type { Trainable } from '../nn/params.js';
import { adapterFeeds } from './adapter-feeds.js';
import { openLatentDecoder, vaeScale } from './autoencoder.js';
import {
  openPromptEncoder,
  type PromptConditions,
  type PromptEncoder,
  promptShape,
  type TextAdapters,
} from './conditions.js';
import type { DiffusionModel } from './diffusion-model.js';
import { type Lent, lent } from './lent.js';
import { type PolicyWeights, policyStore } from './policy-weights.js';
import { conditionShapes, unetNetwork } from './unet-network.js';

export interface ImageSamplerOptions extends SessionOptions {
  /** Pixels; default the model's own size. */
  readonly height?: number;
  readonly width?: number;
  /** Images that are denoised together. Default 1. */
  readonly batch?: number;
  /** What will be given to `sample`: the geometry of adapters, or 'full' for whole UNets. */
  readonly adapter?: PolicyWeights['config'];
  /** The geometry of the adapters' part for text encoders. */
  readonly textAdapters?: TextAdapters;
  /**
   * Hold one network at a time: text encoders, UNet and decoder are loaded for their part of a request and released after it, so
   * that the peak of memory is that of the largest. Costs their loading at every request. Default false.
   */
  readonly byTurns?: boolean;
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
  readonly adapter?: PolicyWeights | null;
  /** Called as each is denoised; decoding comes after all of them, and is the smaller part. */
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

/**
 * Refuses a model that cannot make a picture from noise alone, or not with this sampler.
 *
 * @throws RangeError for the refiner of SDXL, which has the second text encoder only, and for a sampler that does not take what
 * the model predicts and is not the model's own
 */
export function requireSampling(
  { path, unet, textEncoders, scheduler, predictionType }: DiffusionModel,
  sampler?: SamplerName,
): void {
  if (sampler && samplers[sampler].className !== scheduler._class_name) requirePrediction(sampler, predictionType);
  if (unet.config.addition_embed_type === 'text_time' && textEncoders.length === 1)
    throw new RangeError(
      `${path} is the refiner of SDXL: it finishes what SDXL began, and cannot begin a picture. Sample with SDXL itself.`,
    );
}

/** What the UNet of a sampler computes, without and with guidance side by side: (2·batch, C, h, w). */
export function samplingGraph(
  folder: DiffusionModel,
  latent: readonly [number, number, number],
  batch: number,
  geometry: PolicyWeights['config'] | null,
): { readonly outputs: Graph; readonly fed: () => readonly Trainable[] } {
  const shapes = conditionShapes(folder.unet.config, promptShape(folder));
  const rows = 2 * batch;
  const { store, fed } = policyStore(checkpointStore(folder.unet.tensors, folder.unet.path), geometry);
  const prediction = unetNetwork(folder.unet.config, store)(
    input('latents', [rows, ...latent]),
    input('timesteps', [rows]),
    Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, input(name, [rows, ...shape])])),
  );
  return { outputs: graph({ prediction }), fed };
}

/** A pipeline for sampling: text encoders, UNet (with room for a policy's weights) and decoder, each loaded when it is needed. */
export async function openImageSampler(
  folder: DiffusionModel,
  options: ImageSamplerOptions = {},
): Promise<ImageSampler> {
  requireSampling(folder);
  const scale = vaeScale(folder.vae.config);
  const side = (folder.unet.config.sample_size ?? 64) * scale;
  const { height = side, width = side, batch = 1, adapter: geometry = null, byTurns = false } = options;
  if (height % scale || width % scale)
    throw new RangeError(`an image of ${height}×${width} does not fit this model's latents: use multiples of ${scale}`);
  const shapes = conditionShapes(folder.unet.config, promptShape(folder));
  const latent = [folder.unet.config.in_channels, height / scale, width / scale] as const;
  const elements = latent[0] * latent[1] * latent[2];
  const rows = 2 * batch; // without and with the prompt
  const timeIds = Float32Array.of(height, width, 0, 0, height, width);

  const hold = { hold: !byTurns };
  const texts = promptMemory(lent(() => openPromptEncoder(folder, options), hold));
  const decoder = lent(() => openLatentDecoder(folder.vae, [latent[1], latent[2]], options), hold);
  const unet = lent(async () => {
    const { outputs, fed } = samplingGraph(folder, latent, batch, geometry);
    // Held for many steps, packed weights pay: SD 1.5 predicts in 2.4 s instead of 3.1.
    const session = await openSession(outputs, byTurns ? options : { weights: 'packed', ...options });
    return { session, fed: fed(), release: () => session.release() };
  }, hold);

  /** The latents (C, h, w) of each prompt. */
  const denoiseAll = async (
    { prompts, seeds, steps, guidance, sampler: name, adapter = null, onImage }: SampleRequest,
    encoded: ReadonlyMap<string, PromptConditions>,
  ): Promise<Float32Array[]> =>
    unet.use(async ({ session, fed }) => {
      const weights = adapterFeeds(fed, adapter);
      const done: Float32Array[] = [];
      for (let start = 0; start < prompts.length; start += batch) {
        const at = Array.from({ length: batch }, (_, i) => Math.min(start + i, prompts.length - 1));
        const rowTexts = [...at.map(() => ''), ...at.map((i) => prompts[i] as string)];
        const conditions = rowTexts.map((text) => encoded.get(text) as PromptConditions);
        const feeds: Record<string, HostData> = { ...weights, ...conditionFeeds(shapes, conditions, timeIds) };
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
        for (let i = 0; i < batch && start + i < prompts.length; i++) {
          done.push(latents.slice(i * elements, (i + 1) * elements));
          onImage?.(done.length, prompts.length);
        }
      }
      return done;
    });

  return {
    async sample(request) {
      requireSampling(folder, request.sampler);
      if (geometry === 'full' && !request.adapter)
        throw new RangeError('a sampler of whole UNets has no weights of its own: give it some, or open one without');
      const latents = await denoiseAll(request, await texts.encode(['', ...request.prompts], request.adapter ?? null));
      return decoder.use(async ({ decode }) => {
        const images: SampledImage[] = [];
        for (const each of latents) images.push({ height, width, data: await decode(each) });
        return images;
      });
    },
    async release() {
      await Promise.all([texts.release(), unet.release(), decoder.release()]);
    },
  };
}

/**
 * Encodes every prompt once: the encoder is not needed for prompts that it has seen. With an adapter that changes the text encoders,
 * that is once for this adapter.
 */
function promptMemory(encoder: Lent<PromptEncoder>) {
  const plain = {};
  const knownTo = new WeakMap<object, Map<string, PromptConditions>>();
  return {
    async encode(
      prompts: readonly string[],
      policy: PolicyWeights | null,
    ): Promise<ReadonlyMap<string, PromptConditions>> {
      const key = policy && 'textEncoders' in policy ? policy : plain;
      const known = knownTo.get(key) ?? new Map<string, PromptConditions>();
      knownTo.set(key, known);
      const fresh = [...new Set(prompts)].filter((prompt) => !known.has(prompt));
      if (fresh.length)
        await encoder.use(async (opened) => {
          for (const prompt of fresh) known.set(prompt, await opened.encode(prompt, policy));
        });
      return known;
    },
    release: encoder.release,
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
