import { openSafetensors, type Tensor, toFloat32 } from '@bradley/formats';
import { backward, graph, input, matmul, mul, type Seed, swapLast, type Value } from '@bradley/graph';
import {
  checkpointStore,
  clipConfigSchema,
  clipModel,
  clipTextConfigSchema,
  clipTextModel,
  decodeLatents,
  encodeMoments,
  imageReward,
  imageRewardConfigSchema,
  imageRewardStates,
  loraStore,
  type ParameterStore,
  type Params,
  paramsOf,
  posterior,
  type StoredTensor,
  textProjection,
  trainableStore,
  unet2dCondition,
  unetConfigSchema,
  vaeConfigSchema,
} from '@bradley/models';
import { evaluate } from '@bradley/runtime';
import {
  type Case,
  dataOf,
  feedOf,
  find,
  floats,
  maxAbs,
  maxDifference,
  partPath,
  type RunResult,
  readPart,
  relativeError,
  tolerance,
  worst,
} from './case.js';

/** Builds a model on fixture inputs and gives its outputs by the fixture's names. */
type Build = (p: Params, config: unknown, inputs: (name: string) => Value) => Record<string, Value>;

const unet: Build = (p, config, at) => {
  const parsed = unetConfigSchema.parse(config);
  const sdxl = parsed.addition_embed_type === 'text_time';
  return {
    sample: unet2dCondition(p, parsed, at('sample'), at('timestep'), {
      encoderHiddenStates: at('encoder_hidden_states'),
      ...(sdxl ? { textEmbeds: at('text_embeds'), timeIds: at('time_ids') } : {}),
    }),
  };
};

const vae: Build = (p, config, at) => {
  const parsed = vaeConfigSchema.parse(config);
  const moments = encodeMoments(p, parsed, at('image'));
  return { moments, ...posterior(moments), decoded: decodeLatents(p, parsed, at('latent')) };
};

const clipText: Build = (p, config, at) => {
  const parsed = clipTextConfigSchema.parse(config);
  const { lastHiddenState, penultimate, pooled } = clipTextModel(p, parsed, at('input_ids'));
  return { last_hidden_state: lastHiddenState, penultimate, pooler_output: pooled };
};

const clipTextWithProjection: Build = (p, config, at) => {
  const parsed = clipTextConfigSchema.parse(config);
  const { lastHiddenState, penultimate, pooled } = clipTextModel(p, parsed, at('input_ids'));
  return { last_hidden_state: lastHiddenState, penultimate, text_embeds: textProjection(p, parsed, pooled) };
};

const clip: Build = (p, config, at) => {
  const parsed = clipConfigSchema.parse(config);
  const { textEmbeds, imageEmbeds, logitScale } = clipModel(p, parsed, at('input_ids'), at('pixel_values'));
  const logitsPerText = mul(matmul(textEmbeds, swapLast(imageEmbeds)), logitScale);
  return { text_embeds: textEmbeds, image_embeds: imageEmbeds, logits_per_text: logitsPerText };
};

const blipReward: Build = (p, config, at) => {
  const parsed = imageRewardConfigSchema.parse(config);
  const imageEmbeds = imageRewardStates(p, parsed, at('pixel_values'));
  const texts = { inputIds: at('input_ids'), attentionMask: at('attention_mask'), imageEmbeds };
  const { textCls, reward } = imageReward(p, parsed, texts);
  return { image_embeds: imageEmbeds, text_cls: textCls, reward };
};

/** A case of weights, inputs, outputs and gradients: forward from frozen weights and from trainable ones, and backward. */
const modelCase =
  (build: Build) =>
  async (of: Case): Promise<RunResult[]> => {
    const io = await readPart(of, 'io');
    const weights = await readPart(of, 'base');
    const stored = await storedTensors(partPath(of, 'base'));
    const frozen = await forward(of, build, checkpointStore(stored, partPath(of, 'base')), io, {});
    const hasCotangents = [...io.keys()].some((name) => name.startsWith('cot.'));
    if (!hasCotangents) return [worst(of.name, frozen)];
    const store = trainableStore();
    return [worst(of.name, [...frozen, ...(await forwardBackward(of, build, store, io, weights))])];
  };

/** A LoRA on a base UNet: adapter on, adapter off, and the gradients of the adapter. */
async function loraUnet(of: Case): Promise<RunResult[]> {
  const io = await readPart(of, 'io');
  const base = checkpointStore(await storedTensors(partPath(of, 'base')), partPath(of, 'base'));
  const off = await forward(
    of,
    (p, config, at) => ({ sample_no_lora: unet(p, config, at).sample as Value }),
    base,
    io,
    {},
  );
  const adapter = adapterByPath(await readPart(of, 'weights'));
  const rank = of.json.rank as number;
  const store = loraStore(base, { rank, alpha: of.json.alpha as number, targets: of.json.target_modules as string[] });
  const on = await forwardBackward(of, unet, store, io, adapter);
  return [worst(of.name, [...off, ...on])];
}

type Comparison = { at: string; error: number; tolerance: number };

async function forward(
  of: Case,
  build: Build,
  store: ParameterStore,
  io: Map<string, Tensor>,
  feeds: Record<string, Float32Array>,
): Promise<Comparison[]> {
  const inputs = fixtureInputs(io);
  const outputs = build(paramsOf(store), of.json.config, inputs.at);
  const results = await evaluate(graph(known(outputs, io)), { ...feeds, ...inputs.feeds() }, { device: of.device });
  return compareOutputs(of, results, io);
}

function compareOutputs(
  of: Case,
  results: Awaited<ReturnType<typeof evaluate>>,
  io: Map<string, Tensor>,
): Comparison[] {
  return Object.entries(results)
    .filter(([name]) => io.has(`out.${name}`))
    .map(([name, result]) => ({
      at: `out.${name}`,
      error: relativeError(dataOf(result), floats(io, `out.${name}`)),
      tolerance: tolerance(of, 'out_rel'),
    }));
}

async function forwardBackward(
  of: Case,
  build: Build,
  store: ReturnType<typeof trainableStore>,
  io: Map<string, Tensor>,
  weights: ReadonlyMap<string, Tensor>,
): Promise<Comparison[]> {
  const inputs = fixtureInputs(io);
  const outputs = build(paramsOf(store), of.json.config, inputs.at);
  const seeds: Seed[] = Object.entries(outputs)
    .filter(([name]) => io.has(`cot.${name}`))
    .map(([name, value]) => ({ of: value, gradient: input(`cot.${name}`, value.shape) }));
  const toInputs = [...io.keys()].filter((name) => name.startsWith('gradin.')).map((name) => name.slice(7));
  const { trainables } = store;
  const names = [...trainables.map(({ name }) => `grad.${name}`), ...toInputs.map((name) => `gradin.${name}`)];
  const wrt = [...trainables.map(({ value }) => value), ...toInputs.map(inputs.at)];
  const feeds = Object.fromEntries(trainables.map(({ name }) => [name, toFloat32(find(weights, name))]));
  const cotangents = Object.fromEntries(
    seeds
      .map(({ gradient }) => gradient)
      .map((g) => [
        (g.node.attributes as { name: string }).name,
        feedOf(find(io, (g.node.attributes as { name: string }).name)),
      ]),
  );
  const expected = new Map<string, Float32Array>(
    toInputs.map((name) => [`gradin.${name}`, floats(io, `gradin.${name}`)]),
  );
  const grads = [...io.keys()].some((name) => name.startsWith('grad.'))
    ? io
    : await readPart(of, 'grads').catch(() => null);
  if (grads)
    for (const [name, tensor] of adapterByPath(grads))
      expected.set(name.startsWith('grad.') ? name : `grad.${name}`, toFloat32(tensor));
  const largest = (prefix: string): number =>
    Math.max(...[...expected].filter(([name]) => name.startsWith(prefix)).map(([, g]) => maxAbs(g)));
  const compared: Comparison[] = [];
  for (const { recompute, weights } of ways) {
    const gradients = backward(seeds, wrt, { recompute }).map((g, i) => [names[i], g]);
    const results = await evaluate(
      graph({ ...known(outputs, io), ...Object.fromEntries(gradients) }),
      { ...feeds, ...inputs.feeds(), ...cotangents },
      { device: of.device, weights },
    );
    compared.push(...compareOutputs(of, results, io));
    for (const [name, want] of expected) {
      const got = results[name];
      const scale = name.startsWith('gradin.') ? maxAbs(want) : largest('grad.');
      const error = got ? maxDifference(dataOf(got), want) / scale : Number.POSITIVE_INFINITY;
      compared.push({ at: name, error, tolerance: tolerance(of, 'grad_rel') });
    }
  }
  return compared;
}

/** How a step is computed: the fastest way, and the one that takes the least memory. */
const ways = [
  { recompute: false, weights: 'packed' },
  { recompute: true, weights: 'mapped' },
] as const;

/** Inputs that models take as integers. */
const integers = new Set(['input_ids', 'attention_mask']);

/** The fixture's `in.*` as graph inputs, made when asked for; integers that models take as numbers become float32. */
function fixtureInputs(io: Map<string, Tensor>) {
  const made = new Map<string, Value>();
  return {
    at: (name: string): Value => {
      const before = made.get(name);
      if (before) return before;
      const tensor = find(io, `in.${name}`);
      const value = input(`in.${name}`, tensor.shape, integers.has(name) ? 'int64' : 'float32');
      made.set(name, value);
      return value;
    },
    feeds: () =>
      Object.fromEntries(
        [...made.keys()].map((name) => {
          const tensor = find(io, `in.${name}`);
          return [`in.${name}`, integers.has(name) ? feedOf(tensor) : toFloat32(tensor)];
        }),
      ),
  };
}

const known = (outputs: Record<string, Value>, io: Map<string, Tensor>): Record<string, Value> =>
  Object.fromEntries(Object.entries(outputs).filter(([name]) => io.has(`out.${name}`) || io.has(`cot.${name}`)));

export async function storedTensors(path: string): Promise<Map<string, StoredTensor>> {
  const file = await openSafetensors(path);
  return new Map([...file.tensors].map(([name, entry]) => [name, { file: path, ...entry }]));
}

/** Adapter tensors by the path of our stores: without `unet.`, with PEFT's endings. */
export function adapterByPath(tensors: ReadonlyMap<string, Tensor>): Map<string, Tensor> {
  const path = (name: string): string =>
    name
      .replace(/^(grad\.)?unet\./, '$1')
      .replace(/\.lora\.down\.weight$/, '.lora_A.weight')
      .replace(/\.lora\.up\.weight$/, '.lora_B.weight');
  return new Map([...tensors].map(([name, tensor]) => [path(name), tensor]));
}

export const modelCases = {
  unet: modelCase(unet),
  vae: modelCase(vae),
  clipText: modelCase(clipText),
  clipTextWithProjection: modelCase(clipTextWithProjection),
  clip: modelCase(clip),
  blipReward: modelCase(blipReward),
  loraUnet,
};
