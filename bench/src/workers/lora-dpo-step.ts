import { checkpointStore, loraStore, openDiffusionModel, unetNetwork } from '@bradley/models';
import { diffusionDpo } from '@bradley/objectives';
import { denoisingLoss, initialise, parameterBuffer } from '@bradley/train';
import { workerOptions } from './options.js';
import { denoisingBatches, denoisingShapes, serveTraining } from './training-step.js';

/** One Diffusion-DPO step on a LoRA of rank 8; the reference is the same network without it. */
const options = workerOptions();
const folder = await openDiffusionModel(options.model);
const { config, tensors, path } = folder.unet;
const frozen = checkpointStore(tensors, path);
const adapted = loraStore(frozen, { rank: 8, alpha: 8, targets: ['to_q', 'to_k', 'to_v', 'to_out.0'] });
const shapes = denoisingShapes(folder, options.batch);
const loss = denoisingLoss(
  diffusionDpo,
  diffusionDpo.options.parse({}),
  { policy: unetNetwork(config, adapted), reference: unetNetwork(config, frozen) },
  shapes,
);
const parameters = parameterBuffer(adapted.trainables);
initialise(parameters, adapted.trainables, 0);
await serveTraining(
  { ...loss, trainables: adapted.trainables },
  parameters,
  denoisingBatches(folder, shapes, 2),
  options,
);
