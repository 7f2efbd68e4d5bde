export {
  type ClipTextConfig,
  type ClipTextOutput,
  clipTextConfigSchema,
  clipTextModel,
  textProjection,
} from './clip/text-model.js';
export { checkpointStore, type StoredTensor, storedTensor, WeightError } from './nn/checkpoint-store.js';
export { type LoraConfig, loraStore } from './nn/lora.js';
export {
  type Adapter,
  type Initial,
  type ParameterStore,
  type Params,
  paramsOf,
  type Trainable,
  trainableStore,
} from './nn/params.js';
export { type UNetConfig, unetConfigSchema } from './unet/config.js';
export { type UNetCondition, unet2dCondition } from './unet/unet-2d-condition.js';
export { decodeLatents, encodeMoments, posterior, type VaeConfig, vaeConfigSchema } from './vae/autoencoder-kl.js';
