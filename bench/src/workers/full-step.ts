import { input } from '@bradley/graph';
import {
  clipTextModel,
  openDiffusionModel,
  paramsOf,
  type TextEncoderPart,
  trainableStore,
  unetNetwork,
} from '@bradley/models';
import { sft } from '@bradley/objectives';
import { integers } from '@bradley/runtime';
import { denoisingLoss, parameterBuffer } from '@bradley/train';
import { workerOptions } from './options.js';
import { denoisingBatches, denoisingShapes, loadWeights, serveTraining } from './training-step.js';

/** One denoising step on every parameter of the UNet and the text encoder, as in pretraining. */
const options = workerOptions();
const folder = await openDiffusionModel(options.model);
const text = folder.textEncoders[0] as TextEncoderPart;
const tokens = text.config.max_position_embeddings;
const shapes = { ...denoisingShapes(folder, options.batch), conditions: {} };

const [unetStore, textStore] = [trainableStore('unet.'), trainableStore('text_encoder.')];
const captions = input('inputIds', [options.batch, tokens], 'int64');
const encoderHiddenStates = clipTextModel(paramsOf(textStore), text.config, captions).lastHiddenState;
const unet = unetNetwork(folder.unet.config, unetStore);
const loss = denoisingLoss(
  sft,
  sft.options.parse({}),
  { policy: (noisy, timesteps) => unet(noisy, timesteps, { encoderHiddenStates }), reference: null },
  shapes,
);
const trainables = [...unetStore.trainables, ...textStore.trainables];
const parameters = parameterBuffer(trainables);
await loadWeights(parameters, folder.unet.path, 'unet.');
await loadWeights(parameters, text.path, 'text_encoder.');

const ids = integers(
  { seed: 0, stream: 'inputIds', step: 0, index: 0 },
  options.batch * tokens,
  text.config.vocab_size,
);
const inputIds = BigInt64Array.from(ids, BigInt);
const noised = denoisingBatches(folder, shapes, 1);
await serveTraining({ ...loss, trainables }, parameters, (number) => ({ ...noised(number), inputIds }), options);
