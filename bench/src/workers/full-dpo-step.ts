import { checkpointStore, openDiffusionModel, trainableStore, unetNetwork } from '@bradley/models';
import { diffusionDpo } from '@bradley/objectives';
import { denoisingLoss, parameterBuffer } from '@bradley/train';
import { workerOptions } from './options.js';
import { denoisingBatches, denoisingShapes, loadWeights, serveTraining } from './training-step.js';

/** One Diffusion-DPO step on every parameter of the UNet; the reference is the folder's own weights. */
const options = workerOptions();
const folder = await openDiffusionModel(options.model);
const { config, tensors, path } = folder.unet;
const trained = trainableStore();
const shapes = denoisingShapes(folder, options.batch);
const loss = denoisingLoss(
  diffusionDpo,
  diffusionDpo.options.parse({}),
  { policy: unetNetwork(config, trained), reference: unetNetwork(config, checkpointStore(tensors, path)) },
  shapes,
);
const parameters = parameterBuffer(trained.trainables);
await loadWeights(parameters, path);
await serveTraining(
  { ...loss, trainables: trained.trainables },
  parameters,
  denoisingBatches(folder, shapes, 2),
  options,
);
