import { concat, type Graph, graph, input, type Value } from '@bradley/graph';
import { openSession, type SessionOptions } from '@bradley/runtime';
import { clipTextModel, textProjection } from '../clip/text-model.js';
import { checkpointStore } from '../nn/checkpoint-store.js';
import { type LoraConfig, loraStore } from '../nn/lora.js';
import { paramsOf, type Trainable } from '../nn/params.js';
import { adapterFeeds } from './adapter-feeds.js';
import type { DiffusionModel } from './diffusion-model.js';
import { textEncoderNamesOf } from './lora-adapter.js';
import type { PolicyWeights, SamplingAdapter, TextEncoderName } from './policy-weights.js';

/** What a UNet is conditioned on, by the names of `UNetCondition`: one row of each for every prompt. */
export interface PromptConditions {
  /** (L, D) each */
  readonly encoderHiddenStates: Float32Array;
  /** SDXL: (D) */
  readonly textEmbeds: Float32Array | null;
}

export interface PromptShape {
  /** (L, D) of one prompt's hidden states. */
  readonly shape: readonly [number, number];
  /** Length of the pooled text, for models that take it. */
  readonly pooled: number | null;
}

export interface PromptEncoder extends PromptShape {
  /** @param policy its text encoders' part; the encoder must have been opened with room for it */
  encode(prompt: string, policy?: PolicyWeights | null): Promise<PromptConditions>;
  release(): Promise<void>;
}

/** What the text encoders of a folder will give, without loading them. */
export const promptShape = (folder: DiffusionModel): PromptShape => shapeOf(textGraph(folder, {}).outputs);

/** What a prompt encoder computes, without loading it. */
export const promptGraph = (folder: DiffusionModel): Graph => textGraph(folder, {}).outputs;

function shapeOf({ outputs }: Graph): PromptShape {
  const hidden = outputs.get('encoderHiddenStates') as Value;
  return {
    shape: hidden.shape.slice(1) as [number, number],
    pooled: outputs.get('textEmbeds')?.shape[1] ?? null,
  };
}

/** The geometry of the LoRA of each text encoder that has one. */
export type TextAdapters = Readonly<Partial<Record<TextEncoderName, LoraConfig>>>;

/** The text encoders of a folder as one session. Prompts are padded and cut to the encoder's length. */
export async function openPromptEncoder(
  folder: DiffusionModel,
  { textAdapters = {}, ...options }: SessionOptions & { readonly textAdapters?: TextAdapters } = {},
): Promise<PromptEncoder> {
  const { outputs, lengths, trainables } = textGraph(folder, textAdapters);
  const session = await openSession(outputs, options);
  const wanted = new Set(session.model.inputs.map(({ name }) => name)); // SDXL reads no last layer: its LoRA is no input
  return {
    ...shapeOf(outputs),
    async encode(prompt, policy = null) {
      const adapter = policy && policy.config !== 'full' ? policy : null;
      const ids = Object.fromEntries(
        folder.textEncoders.map(({ tokenizer }, i) => {
          const { ids } = tokenizer.encode(prompt, {
            maxLength: lengths[i] as number,
            padding: 'max',
            truncation: true,
          });
          return [`inputIds${i}`, BigInt64Array.from(ids, BigInt)];
        }),
      );
      const feeds = Object.entries({ ...textAdapterFeeds(trainables, adapter), ...ids });
      const results = await session.run(Object.fromEntries(feeds.filter(([name]) => wanted.has(name))));
      return {
        encoderHiddenStates: results.encoderHiddenStates?.data as Float32Array,
        textEmbeds: (results.textEmbeds?.data as Float32Array | undefined) ?? null,
      };
    },
    release: () => session.release(),
  };
}

/**
 * SD 1.x and 2.x: the last hidden state. SDXL: the second-to-last states of its encoders (the refiner has one) side by side,
 * and the projected text of the encoder that has a projection.
 */
function textGraph(
  model: DiffusionModel,
  adapters: TextAdapters,
): { outputs: Graph; lengths: number[]; trainables: TextTrainables } {
  const { textEncoders, unet } = model;
  const names = textEncoderNamesOf(model);
  const lengths = textEncoders.map(({ config, tokenizer }) =>
    Math.min(config.max_position_embeddings, tokenizer.modelMaxLength ?? config.max_position_embeddings),
  );
  const xl = unet.config.addition_embed_type === 'text_time';
  const states: Value[] = [];
  let textEmbeds: Value | null = null;
  const trainables: Partial<Record<TextEncoderName, readonly Trainable[]>> = {};
  textEncoders.forEach(({ config, tensors, path, projected }, i) => {
    const frozen = checkpointStore(tensors, path);
    const name = names[i] as TextEncoderName;
    const geometry = adapters[name];
    const lora = geometry ? loraStore(frozen, geometry, `${name}.`) : null;
    const p = paramsOf(lora ?? frozen);
    const { lastHiddenState, penultimate, pooled } = clipTextModel(
      p,
      config,
      input(`inputIds${i}`, [1, lengths[i] as number], 'int64'),
    );
    states.push(xl ? penultimate : lastHiddenState);
    if (projected && xl) textEmbeds = textProjection(p, config, pooled);
    if (lora) trainables[name] = lora.trainables;
  });
  return {
    outputs: graph({ encoderHiddenStates: concat(states, -1), ...(textEmbeds ? { textEmbeds } : {}) }),
    lengths,
    trainables,
  };
}

type TextTrainables = Readonly<Partial<Record<TextEncoderName, readonly Trainable[]>>>;

/** The text encoders' part of an adapter as feeds; zeros for an encoder that it leaves alone. */
function textAdapterFeeds(trainables: TextTrainables, adapter: SamplingAdapter | null): Record<string, Float32Array> {
  const homeless = Object.keys(adapter?.textEncoders ?? {}).filter((name) => !(name in trainables));
  if (homeless.length > 0)
    throw new RangeError(
      `the adapter has a LoRA of ${homeless.join(' and ')}, but the sampler was opened without room for it: give its ` +
        'geometry as textAdapters',
    );
  const feeds = Object.entries(trainables).map(([name, own]) => {
    const part = adapter?.textEncoders?.[name as TextEncoderName];
    return adapterFeeds(own, part ? { ...part, strength: adapter?.strength ?? 1 } : null);
  });
  return Object.assign({}, ...feeds);
}
