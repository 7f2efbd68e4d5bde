import { parseArgs } from 'node:util';
import { float32Tensor, type Tensor, writeSafetensors } from '@bradley/formats';
import { graph, size, type Value } from '@bradley/graph';
import { checkpointStore, loraStore, openDiffusionModel, unetNetwork } from '@bradley/models';
import { diffusionDpo } from '@bradley/objectives';
import { type HostData, normal, openSession } from '@bradley/runtime';
import {
  contentCache,
  type DenoisingShapes,
  denoisingLoss,
  encodeGroups,
  type FrozenPrecision,
  frozenPart,
  type GroupShape,
  groupBatches,
  initialise,
  parameterBuffer,
  stepGraph,
} from '@bradley/train';
import { cacheFolder, loadGroups } from 'bradley';
import { z } from 'zod';
import { peakMb } from '../serve.js';
import { denoisingBatches, denoisingShapes } from '../workers/training-step.js';
import { withTensors } from './variants.js';

/**
 * Runs a LoRA step of Diffusion-DPO on frozen weights of one precision, once for each draw, and writes what came out. A process of its
 * own, so that its peak of memory is that of the step.
 */
const options = z
  .object({
    model: z.string(),
    /** Tensors of the UNet instead of the model's own. */
    unet: z.string().optional(),
    /** Where the rounded weights lie already. */
    cache: z.string(),
    precision: z.custom<FrozenPrecision>(),
    smallest: z.coerce.number(),
    data: z.string().optional(),
    pairs: z.coerce.number(),
    beta: z.coerce.number(),
    draws: z.coerce.number(),
    threads: z.coerce.number(),
    recompute: z.string().optional(),
    output: z.string(),
  })
  .parse(
    parseArgs({
      options: Object.fromEntries(
        'model unet cache precision smallest data pairs beta draws threads recompute output'
          .split(' ')
          .map((name) => [name, { type: 'string' as const }]),
      ),
    }).values,
  );

const model = await openDiffusionModel(options.model);
const { threads, pairs } = options;
const unet = options.unet ? await withTensors(model.unet, options.unet) : model.unet;
const { part, converted, file } = await frozenPart(unet, options.precision, options.cache, {
  smallest: options.smallest,
});

const { shapes, batches } = options.data ? await realBatches(options.data) : randomBatches();
const frozen = checkpointStore(part.tensors, part.path);
const adapted = loraStore(frozen, { rank: 8, alpha: 8, targets: ['to_q', 'to_k', 'to_v', 'to_out.0'] });
const policy = unetNetwork(part.config, adapted);
let prediction: Value | null = null;
const loss = denoisingLoss(
  diffusionDpo,
  diffusionDpo.options.parse({ beta: options.beta }),
  {
    policy(...given) {
      prediction = policy(...given);
      return prediction;
    },
    reference: unetNetwork(part.config, frozen),
  },
  shapes,
);
const parameters = parameterBuffer(adapted.trainables);
initialise(parameters, adapted.trainables, 0);
// As a LoRA is some way into its training: at its start B is 0, and so is the gradient of A.
for (const [index, { name, offset, shape }] of parameters.segments.entries())
  if (name.includes('lora_B'))
    parameters.values.set(
      normal({ seed: 0, stream: 'B', step: 0, index }, size(shape)).map((v) => 0.01 * v),
      offset,
    );

const { outputs } = stepGraph({ ...loss, trainables: adapted.trainables }, { recompute: options.recompute === 'true' });
const session = await openSession(
  graph({ ...Object.fromEntries(outputs), prediction: prediction as unknown as Value }),
  { threads },
);
const wanted = new Set(session.model.inputs.map(({ name }) => name));
const seconds: number[] = [];
const written = new Map<string, Tensor>();
for (let draw = 0; draw < options.draws; draw++) {
  const feeds = Object.entries(await batches(draw)).filter(([name]) => wanted.has(name));
  const start = performance.now();
  const results = await session.run({ ...parameters.views, ...Object.fromEntries(feeds) });
  seconds.push((performance.now() - start) / 1000);
  const gradient = new Float32Array(parameters.values.length);
  for (const { name, offset } of parameters.segments)
    gradient.set(results[`grad/${name}`]?.data as Float32Array, offset);
  const put = (name: string, data: Float32Array) => written.set(`${name}.${draw}`, float32Tensor([data.length], data));
  put('loss', Float32Array.of(Number(results.loss?.data[0])));
  put('prediction', results.prediction?.data as Float32Array);
  put('gradient', gradient);
}
await writeSafetensors(options.output, written);
console.log(JSON.stringify({ seconds, converted, file, peak: peakMb(), tensors: part.tensors.size }));

function randomBatches() {
  const shapes = denoisingShapes(model, pairs);
  const batch = denoisingBatches(model, shapes, 2);
  return { shapes, batches: async (draw: number): Promise<Readonly<Record<string, HostData>>> => batch(draw) };
}

async function realBatches(path: string) {
  const data = {
    path,
    heldOut: 0,
    splitSalt: '',
    rankings: 'all',
    scorer: null,
    resolution: null,
    buckets: null,
  } as const;
  const { source, train } = await loadGroups(data, diffusionDpo);
  const dataset = await encodeGroups(model, train.slice(0, 8 * pairs * options.draws), {
    loadMedia: (candidate) => source.loadMedia(candidate),
    resolution: null,
    cache: contentCache(cacheFolder()),
    threads,
  });
  const { conditions } = dataset;
  const { latent } = dataset.shapes[0] as GroupShape;
  const shapes: DenoisingShapes = { batch: pairs, latent, conditions, predictionType: model.predictionType };
  const settings = {
    batch: pairs,
    seed: 0,
    captionDropout: 0,
    timesteps: 'uniform',
    noiseDraws: null,
    shareNoise: true,
    batchesInRow: 1,
  } as const;
  const inputs = new Set(['latents', 'noise', 'timesteps', 'signal', 'spread', ...Object.keys(conditions)]);
  return { shapes, batches: groupBatches(model, dataset, { ...settings, objective: diffusionDpo }, inputs) };
}
