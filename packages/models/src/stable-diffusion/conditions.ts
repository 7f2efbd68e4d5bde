import { concat, type Graph, graph, input, type Value } from '@bradley/graph';
import { openSession, type SessionOptions } from '@bradley/runtime';
import { clipTextModel, textProjection } from '../clip/text-model.js';
import { checkpointStore } from '../nn/checkpoint-store.js';
import { paramsOf } from '../nn/params.js';
import type { DiffusionModel } from './diffusion-model.js';

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
  encode(prompt: string): Promise<PromptConditions>;
  release(): Promise<void>;
}

/** What the text encoders of a folder will give, without loading them. */
export const promptShape = (folder: DiffusionModel): PromptShape => shapeOf(textGraph(folder).outputs);

function shapeOf({ outputs }: Graph): PromptShape {
  const hidden = outputs.get('encoderHiddenStates') as Value;
  return {
    shape: hidden.shape.slice(1) as unknown as [number, number],
    pooled: outputs.get('textEmbeds')?.shape[1] ?? null,
  };
}

/** The text encoders of a folder as one session. Prompts are padded and cut to the encoder's length. */
export async function openPromptEncoder(folder: DiffusionModel, options: SessionOptions = {}): Promise<PromptEncoder> {
  const { outputs, lengths } = textGraph(folder);
  const session = await openSession(outputs, options);
  return {
    ...shapeOf(outputs),
    async encode(prompt) {
      const feeds = Object.fromEntries(
        folder.textEncoders.map(({ tokenizer }, i) => {
          const { ids } = tokenizer.encode(prompt, {
            maxLength: lengths[i] as number,
            padding: 'max',
            truncation: true,
          });
          return [`inputIds${i}`, BigInt64Array.from(ids, BigInt)];
        }),
      );
      const results = await session.run(feeds);
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
function textGraph({ textEncoders, unet }: DiffusionModel): { outputs: Graph; lengths: number[] } {
  const lengths = textEncoders.map(({ config, tokenizer }) =>
    Math.min(config.max_position_embeddings, tokenizer.modelMaxLength ?? config.max_position_embeddings),
  );
  const xl = unet.config.addition_embed_type === 'text_time';
  const states: Value[] = [];
  let textEmbeds: Value | null = null;
  textEncoders.forEach(({ config, tensors, path, projected }, i) => {
    const p = paramsOf(checkpointStore(tensors, path));
    const { lastHiddenState, penultimate, pooled } = clipTextModel(
      p,
      config,
      input(`inputIds${i}`, [1, lengths[i] as number], 'int64'),
    );
    states.push(xl ? penultimate : lastHiddenState);
    if (projected && xl) textEmbeds = textProjection(p, config, pooled);
  });
  return {
    outputs: graph({ encoderHiddenStates: concat(states, -1), ...(textEmbeds ? { textEmbeds } : {}) }),
    lengths,
  };
}
