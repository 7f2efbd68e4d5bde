import { input, OnnxError, type OnnxLayer, type OnnxParameters, type OnnxSource } from '@bradley/graph';
import type { Trainable } from '../nn/params.js';
import { float32Of } from './tensor-values.js';

/** What of a model is trained. Names are whole names, the end of a dotted name (`to_q`), or have `*` for anything. */
export interface OnnxChoice {
  /** Stored tensors that are trained themselves. */
  readonly promote?: readonly string[];
  /** Layers, by path, that get a low-rank addition alpha / rank · B A. */
  readonly lora?: { readonly rank: number; readonly alpha: number; readonly targets: readonly string[] };
}

/** The parameters to apply a model with, and what of them is trained. */
export interface OnnxTraining extends OnnxParameters {
  readonly trainables: readonly Trainable[];
  /** The layers that have a LoRA. */
  readonly layers: readonly OnnxLayer[];
  /** alpha / rank */
  readonly scale: number;
}

export const adapterNames = ({ path }: OnnxLayer) =>
  ({ down: `${path}.lora_A.weight`, up: `${path}.lora_B.weight` }) as const;

/**
 * Makes parts of a model trainable. Promoted tensors start from the file's values and keep their names; a LoRA is named as
 * PEFT names it, `<layer>.lora_A.weight` (rank, in) drawn from N(0, 1/rank²) and `<layer>.lora_B.weight` (out, rank), zero.
 * The layers of a convolution have (rank, in, kH, kW) and (out, rank, 1, 1). A layer whose weight is promoted gets no LoRA.
 *
 * @throws OnnxError for a name that nothing in the model has
 */
export function trainOnnx(model: OnnxSource, { promote = [], lora }: OnnxChoice): OnnxTraining {
  const promoted = selected(
    promote,
    trainableTensors(model).map((tensor) => [tensor.name, tensor] as const),
    (name) => `${model.label}: no float tensor is called '${name}'`,
  );
  const tensors = new Map(
    promoted.map((tensor) => {
      const { name, shape } = tensor;
      const initial = { kind: 'stored', read: () => float32Of(tensor) } as const;
      return [name, { name, shape, value: input(name, shape), initial } satisfies Trainable];
    }),
  );
  const layers = selected(
    lora?.targets ?? [],
    loraLayers(model).map((layer) => [layer.path, layer] as const),
    (name) => `${model.label}: no layer that can have a LoRA is called '${name}'`,
  ).filter(({ weight }) => !tensors.has(weight));
  const adapters = new Map(layers.map((layer) => [layer.weight, adapterOf(layer, lora ?? { rank: 1, alpha: 1 })]));
  return {
    layers,
    scale: lora ? lora.alpha / lora.rank : 1,
    trainables: [...tensors.values(), ...[...adapters.values()].flatMap(({ trainables }) => trainables)],
    tensor: (name) => tensors.get(name)?.value ?? null,
    adapter: ({ weight }) => adapters.get(weight) ?? null,
  };
}

/** The stored tensors of floats, small scalars among them. */
export const trainableTensors = ({ tensors }: OnnxSource) =>
  [...tensors.values()].filter(({ type }) => type.dtype === 'float32');

/** The layers that can have a LoRA, one to a weight. */
export const loraLayers = ({ layers }: OnnxSource): OnnxLayer[] => [
  ...new Map([...layers.values()].map((layer) => [layer.weight, layer])).values(),
];

function adapterOf(layer: OnnxLayer, { rank, alpha }: { rank: number; alpha: number }) {
  const { inputs, outputs, kernel } = layer;
  const names = adapterNames(layer);
  const trainable = (name: string, shape: readonly number[], initial: Trainable['initial']): Trainable => ({
    name,
    shape,
    value: input(name, shape),
    initial,
  });
  const [down, up] = [
    trainable(names.down, [rank, inputs, ...(kernel ?? [])], { kind: 'normal', deviation: 1 / rank }),
    trainable(names.up, [outputs, rank, ...(kernel ? [1, 1] : [])], { kind: 'zeros' }),
  ];
  return { down: down.value, up: up.value, scale: alpha / rank, trainables: [down, up] };
}

/** What the names mean; every name must mean something. */
function selected<T>(
  names: readonly string[],
  among: readonly (readonly [name: string, of: T])[],
  problem: (name: string) => string,
): T[] {
  const chosen = names.map((name) => {
    const pattern = new RegExp(`(^|\\.)${name.split('*').map(escaped).join('.*')}$`);
    const found = among.filter(([candidate]) => pattern.test(candidate)).map(([, of]) => of);
    if (found.length) return found;
    const some = among.slice(0, 5).map(([candidate]) => candidate);
    throw new OnnxError(`${problem(name)}. There are ${among.length}: ${some.join(', ')}, …`);
  });
  const wanted = new Set(chosen.flat());
  return among.map(([, of]) => of).filter((of) => wanted.has(of));
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
