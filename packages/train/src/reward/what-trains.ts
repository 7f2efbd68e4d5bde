import {
  type ClipConfig,
  checkpointStore,
  loraStore,
  type ParameterStore,
  type Part,
  type Trainable,
  trainableStore,
} from '@bradley/models';
import { z } from 'zod';

/** What of the dual encoder is trained; queries of questions, a head and logit_scale always are. */
export const trainsSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('all') }),
  /** The last layers of both towers, and what follows them. */
  z.strictObject({ kind: z.literal('last'), layers: z.number().int().positive() }),
  z.strictObject({ kind: z.literal('none') }),
  /** Both projections. */
  z.strictObject({ kind: z.literal('heads') }),
  z.strictObject({
    kind: z.literal('lora'),
    rank: z.number().int().positive(),
    alpha: z.number().positive(),
    targets: z.array(z.string().min(1)).min(1),
  }),
]);
export type Trains = z.infer<typeof trainsSchema>;

export type TrainingStore = ParameterStore & { readonly trainables: readonly Trainable[] };

/** The tensors of a model that training changes as inputs, the others where they lie. Tensors that the model does not have are trained. */
export function trainingStore({ tensors, path, config }: Part<ClipConfig>, trains: Trains): TrainingStore {
  const frozen = checkpointStore(tensors, path);
  const trained = trainableStore();
  const isTrained = (name: string): boolean =>
    !tensors.has(name) || alwaysTrained.some((prefix) => name.startsWith(prefix)) || chosen(name, trains, config);
  const mixed: ParameterStore = {
    tensor: (name, shape, initial) => (isTrained(name) ? trained : frozen).tensor(name, shape, initial),
    adapter: () => null,
  };
  if (trains.kind !== 'lora') {
    return {
      ...mixed,
      get trainables() {
        return trained.trainables;
      },
    };
  }
  const lora = loraStore(mixed, trains);
  return {
    tensor: lora.tensor,
    adapter: lora.adapter,
    get trainables() {
      return [...trained.trainables, ...lora.trainables];
    },
  };
}

/** Beginnings of names: what makes a CLIP a reward model. */
const alwaysTrained = ['logit_scale', 'questions.', 'relation.'];
const projections = ['visual_projection.', 'text_projection.'];
const lastNorms = ['text_model.final_layer_norm.', 'vision_model.post_layernorm.'];

function chosen(name: string, trains: Trains, config: ClipConfig): boolean {
  const begins = (prefix: string): boolean => name.startsWith(prefix);
  switch (trains.kind) {
    case 'all':
      return true;
    case 'heads':
      return projections.some(begins);
    case 'lora':
    case 'none':
      return false;
    case 'last': {
      if ([...projections, ...lastNorms].some(begins)) return true;
      const [, tower, layer] = /^(text|vision)_model\.encoder\.layers\.(\d+)\./.exec(name) ?? [];
      const { num_hidden_layers: layers } = tower === 'text' ? config.text_config : config.vision_config;
      return layer !== undefined && Number(layer) >= layers - trains.layers;
    }
  }
}
