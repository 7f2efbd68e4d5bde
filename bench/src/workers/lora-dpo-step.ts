import { checkpointStore, loraStore, openDiffusionModel, unetNetwork } from '@bradley/models';
import { diffusionDpo } from '@bradley/objectives';
import { denoisingLoss, initialise, parameterBuffer } from '@bradley/train';
import { workerOptions } from './options.js';
import { denoisingBatches, denoisingShapes, serveTraining } from './training-step.js';

/** One Diffusion-DPO step on a LoRA; the reference is the same network without it, or its errors are fed. */
const options = workerOptions();
const folder = await openDiffusionModel(options.model);
const { config, tensors, path } = folder.unet;
const frozen = checkpointStore(tensors, path);
const adapted = loraStore(frozen, {
  rank: options.rank,
  alpha: options.rank,
  targets: ['to_q', 'to_k', 'to_v', 'to_out.0'],
});
const shapes = denoisingShapes(folder, options.batch, options.side);
const loss = denoisingLoss(
  diffusionDpo,
  diffusionDpo.options.parse({}),
  { policy: unetNetwork(config, adapted), reference: options.noiseDraws ? 'fed' : unetNetwork(config, frozen) },
  shapes,
);
const parameters = parameterBuffer(adapted.trainables);
initialise(parameters, adapted.trainables, 0);
const batches = denoisingBatches(folder, shapes, 2);
const referenceErrors = new Float32Array(2 * options.batch).fill(1); // what a network of random weights comes near
await serveTraining(
  { ...loss, trainables: adapted.trainables },
  parameters,
  (number) => ({ ...batches(number), ...(options.noiseDraws ? { referenceErrors } : {}) }),
  options,
);
