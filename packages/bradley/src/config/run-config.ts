import { samplerNames, timestepRules } from '@bradley/diffusion';
import type { Needs } from '@bradley/objectives';
import { deviceNames } from '@bradley/runtime';
import { frozenPrecisions, type ScheduleName } from '@bradley/train';
import { z } from 'zod';
import { modelField, singleFileFields, variantField } from './model-fields.js';
import { threadsField } from './threads-field.js';

/** What a config may name, each with the schema of its own options. The first optimiser is the default. */
export interface RunTables {
  readonly objectives: Choices & Readonly<Record<string, { readonly needs: Pick<Needs, 'reference' | 'group'> }>>;
  readonly optimizers: Choices;
}

type Choices = Readonly<Record<string, { readonly options: z.ZodObject }>>;

const positive = z.number().positive();
const fraction = z.number().min(0).max(1);

const adapter = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('lora').default('lora').describe('what is trained'),
    rank: z.int().positive().default(8).describe('rank of the update of each layer'),
    alpha: positive.default(8).describe('the update is scaled by alpha / rank'),
    targets: z
      .array(z.string().min(1))
      .min(1)
      .default(['to_q', 'to_k', 'to_v', 'to_out.0'])
      .describe('layers that get one, by the end of their name in the checkpoint'),
    seed: z.int().nonnegative().default(0).describe('seed of the first weights'),
  }),
  z.strictObject({ kind: z.literal('full').describe('what is trained') }),
]);

const data = z.strictObject({
  path: z
    .string()
    .min(1)
    .describe('comparisons: a folder or file that `bradley data check` accepts, or a snapshot by name'),
  snapshots: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe('folder of snapshots; none is BRADLEY_SNAPSHOTS, else bradley-arena/snapshots'),
  heldOut: fraction.default(0.1).describe('share of the prompts kept for validation, chosen by their hash'),
  splitSalt: z.string().default('').describe('another text chooses other prompts'),
  rankings: z.enum(['all', 'best-vs-rest']).default('all').describe('pairs that are made of a ranking or of scores'),
  scorer: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe(
      'whose scores decide, where records have several; none is all of them together, which only rankings take',
    ),
  carryOver: z
    .int()
    .nonnegative()
    .default(0)
    .describe(
      "pairs of other prompts to draw first and label by what choices between the arena's looks have in common",
    ),
  resolution: z
    .int()
    .positive()
    .multipleOf(8)
    .nullable()
    .default(null)
    .describe("pixels of a side after scaling and centre crop; none is the model's own"),
  buckets: z
    .strictObject({
      maxAspect: z
        .number()
        .min(1)
        .default(2)
        .describe('give pictures sizes near their shape, up to this long side over short'),
      multiple: z
        .int()
        .positive()
        .nullable()
        .default(null)
        .describe('sides are multiples of so many pixels; none is the least that the model allows'),
      inRow: z.int().positive().default(8).describe('batches from one bucket in a row, before those of another'),
      loaded: z.int().positive().default(1).describe('buckets whose training step stays in memory'),
    })
    .nullable()
    .default(null),
});

const train = z.strictObject({
  steps: z.int().positive().describe('optimiser steps'),
  batch: z.int().positive().default(1).describe('comparisons in a forward pass: pairs or rankings'),
  accumulate: z.int().positive().default(1).describe('forward passes in an optimiser step'),
  clip: positive.nullable().default(1).describe('largest norm of the gradient'),
  schedule: z
    .enum(['constant', 'linear', 'cosine'] as const satisfies readonly ScheduleName[])
    .default('constant')
    .describe('learning rate after the warm-up'),
  warmup: z.int().nonnegative().default(0).describe('steps over which the learning rate rises from 0'),
  seed: z.int().nonnegative().default(0).describe('seed of noise, timesteps, shuffles and caption dropout'),
  captionDropout: fraction.default(0).describe('share of pairs trained without their caption'),
  timesteps: z
    .enum(timestepRules)
    .default('uniform')
    .describe('which are drawn: all alike, the last fifth of the noise (SDXL refiner), or four (SDXL Turbo)'),
  noiseDraws: z
    .int()
    .positive()
    .nullable()
    .default(null)
    .describe(
      'so many fixed draws of noise for a comparison, their reference errors kept on disk; none draws anew each time',
    ),
  shareNoise: z
    .boolean()
    .default(true)
    .describe('give the pictures of a comparison the same noise, which makes their difference less noisy'),
  ema: z
    .strictObject({
      decay: z.number().gt(0).lt(1).describe('keep a running average of the weights that forgets at this rate'),
      minDecay: fraction.default(0).describe('the rate is never below this'),
      warmup: z
        .strictObject({
          inverseGamma: positive.default(1).describe('the rate rises as 1 − (1 + step / inverseGamma)^−power'),
          power: positive
            .default(2 / 3)
            .describe('see inverseGamma; without both it rises as (1 + step) / (10 + step)'),
        })
        .nullable()
        .default(null),
    })
    .nullable()
    .default(null),
  checkpointEvery: z.int().positive().default(100).describe('steps between checkpoints'),
  keep: z.int().positive().default(2).describe('checkpoints kept, besides the best'),
  device: z
    .enum(['auto', ...deviceNames])
    .default('cpu')
    .describe('where to compute; auto takes the fastest that computes right numbers'),
  threads: threadsField
    .nullable()
    .default(null)
    .describe(threadsField.description ?? ''),
  recompute: z
    .boolean()
    .default(false)
    .describe('compute what is inside blocks again on the way back: far less memory, some more time'),
  frozenWeights: z
    .enum(frozenPrecisions)
    .default('stored')
    .describe('how the large weights that are not trained are kept: rounded to float16 or int8 they take less memory'),
  ignoreMemory: z
    .boolean()
    .default(false)
    .describe('begin although the run needs more memory than there is: it may be slow, or be ended by the system'),
  guards: z
    .strictObject({
      winnerLikelihood: z
        .enum(['warn', 'stop', 'off'])
        .default('warn')
        .describe('when the chosen images become less likely than they were'),
      maxLoss: positive.nullable().default(null).describe('stop above this loss'),
    })
    .prefault({}),
});

const validate = z.strictObject({
  every: z
    .int()
    .positive()
    .nullable()
    .default(null)
    .describe('steps between validations, the first before training; none is never'),
  pairs: z.int().nonnegative().default(64).describe('held-out pairs that are judged, at most'),
  prompts: z.array(z.string().min(1)).default([]).describe('prompts to sample; empty takes held-out ones'),
  seeds: z.array(z.int().nonnegative()).min(1).default([0]).describe('one image a prompt for each seed'),
  sampler: z.enum(samplerNames).default('ddim').describe('sampler'),
  steps: z.int().positive().default(20).describe('sampling steps'),
  guidance: z.number().nonnegative().default(5).describe('classifier-free guidance'),
  size: z
    .int()
    .positive()
    .multipleOf(8)
    .nullable()
    .default(null)
    .describe('pixels of a side of sampled pictures; none is data.resolution'),
});

/** The schema of a run's YAML file. Fields are described: help and comments come from here. */
export function runConfigSchema({ objectives, optimizers }: RunTables) {
  const lr = positive.default(1e-4).describe('learning rate');
  const [first = ''] = Object.keys(optimizers);
  return z
    .strictObject({
      model: modelField,
      variant: variantField,
      ...singleFileFields,
      data,
      objective: choiceSchema(objectives, null, 'what is learnt from a comparison', {}),
      adapter: adapter.prefault({}),
      optimizer: choiceSchema(optimizers, first, 'optimiser', { lr }).prefault({ name: first }),
      train,
      validate: validate.prefault({}),
      output: z.string().min(1).describe('folder of the run'),
    })
    .check(({ value: { objective, adapter, data, train }, issues }) => {
      const { name } = objective as { name: string };
      const { reference, group } = objectives[name]?.needs ?? {};
      const refuse = (field: 'noiseDraws' | 'frozenWeights' | 'shareNoise', message: string): void => {
        issues.push({ code: 'custom', path: ['train', field], message, input: train[field] });
      };
      if (group === 'ranking' && data.rankings !== 'all')
        issues.push({
          code: 'custom',
          path: ['data', 'rankings'],
          message: `${name} learns from whole rankings, not from pairs of them: leave it out`,
          input: data.rankings,
        });
      if (group === 'one' && !train.shareNoise)
        refuse(
          'shareNoise',
          `${name} looks at one picture of a comparison, which shares its noise with none: leave it out`,
        );
      if (train.noiseDraws !== null && reference !== 'error') {
        const why = reference === 'prediction' ? 'looks at what the reference predicts' : 'compares with no reference';
        refuse('noiseDraws', `fixed draws keep the errors of a reference, and ${name} ${why}: leave it out`);
      }
      if (adapter.kind === 'full' && !reference && train.frozenWeights !== 'stored')
        refuse(
          'frozenWeights',
          `all weights are trained and ${name} compares with no reference: nothing is frozen. Leave it out`,
        );
      if (train.frozenWeights === 'int8' && train.device !== 'cpu')
        refuse('frozenWeights', `int8 is tested on a CPU only: take float16, or device: cpu`);
    });
}

/** What is to be trained, on what and how; the options of objective and optimiser are what their own schemas make of them. */
export type RunConfig = Omit<z.infer<ReturnType<typeof runConfigSchema>>, 'objective' | 'optimizer'> & {
  readonly objective: { readonly name: string; readonly [option: string]: unknown };
  readonly optimizer: { readonly name: string; readonly lr: number; readonly [option: string]: unknown };
};

/** Short flags for the fields that are set most, where one word can mean only one of them. */
export const runConfigAliases: Readonly<Record<string, string>> = {
  objective: 'objective.name',
  beta: 'objective.beta',
  data: 'data.path',
  resolution: 'data.resolution',
  rank: 'adapter.rank',
  lr: 'optimizer.lr',
  steps: 'train.steps',
  batch: 'train.batch',
  accumulate: 'train.accumulate',
  seed: 'train.seed',
  device: 'train.device',
  threads: 'train.threads',
};

/** A section that names one of a table and gives its options; `shared` are fields that each of them has. */
function choiceSchema(choices: Choices, standard: string | null, description: string, shared: z.core.$ZodShape) {
  const [first, ...rest] = Object.entries(choices).map(([name, { options }]) => {
    const literal = z.literal(name).describe(description);
    const named = name === standard ? literal.default(name) : literal;
    return z.strictObject({ name: named, ...shared, ...options.shape });
  });
  if (first === undefined) throw new Error('a run config needs something to choose from: a table is empty.');
  return z.discriminatedUnion('name', [first, ...rest]);
}
