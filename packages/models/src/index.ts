export {
  type ImageRewardConfig,
  type ImageRewardOutput,
  imageReward,
  imageRewardConfigSchema,
  imageRewardScale,
  imageRewardStates,
} from './blip/image-reward.js';
export { type ImageRewardGraphOptions, imageRewardGraph } from './blip/image-reward-graph.js';
export {
  type ImageRewardPair,
  type ImageRewardSession,
  type ImageRewardSessionOptions,
  openImageReward,
} from './blip/image-reward-session.js';
export { type BlipTextConfig, type BlipTextInputs, blipTextConfigSchema, blipTextModel } from './blip/text-model.js';
export { type BlipVisionConfig, blipVisionConfigSchema, blipVisionModel } from './blip/vision-model.js';
export { type ClipEncoder, type ClipEncoderOptions, openClipEncoder } from './clip/clip-encoder.js';
export {
  type ClipConfig,
  type ClipOutput,
  clipConfigSchema,
  clipImageEmbeds,
  clipLogitScale,
  clipModel,
  clipTextEmbeds,
} from './clip/clip-model.js';
export { type ClipScoreOptions, clipScoreGraph } from './clip/clip-score.js';
export {
  isPlainSimilarity,
  type Question,
  questionScores,
  type ScoreHead,
  type Scoring,
  scoreHeads,
} from './clip/question-scores.js';
export {
  type ClipTextConfig,
  type ClipTextOutput,
  clipTextConfigSchema,
  clipTextModel,
  textProjection,
} from './clip/text-model.js';
export {
  type ClipVisionConfig,
  type ClipVisionOutput,
  clipVisionConfigSchema,
  clipVisionModel,
} from './clip/vision-model.js';
export { type BatchedSession, type BatchOptions, batchedSession } from './nn/batched-session.js';
export {
  checkpointStore,
  readStoredTensor,
  type StoredTensor,
  storedTensor,
  WeightError,
} from './nn/checkpoint-store.js';
export { conv2d, groupNorm, linear } from './nn/layers.js';
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
export { readOnnxAdapter, writeOnnxAdapter } from './onnx/adapter-file.js';
export { exportOnnx, type TrainedLora, type TrainedOnnx, trainedOnnx } from './onnx/export.js';
export { inspectOnnx, type OnnxInspection } from './onnx/inspect.js';
export { onnxNetwork } from './onnx/network.js';
export { type OnnxModelFile, openOnnxModel } from './onnx/open.js';
export { loraLayers, type OnnxChoice, type OnnxTraining, trainableTensors, trainOnnx } from './onnx/trainables.js';
export { type WriteGraphOptions, writeOnnxGraph } from './onnx/write-graph.js';
export { adapterFeeds } from './stable-diffusion/adapter-feeds.js';
export {
  type LatentDecoder,
  type LatentEncoder,
  latentDecoderGraph,
  latentEncoderGraph,
  openLatentDecoder,
  openLatentEncoder,
  scaleLatents,
  unscaleLatents,
  vaeScale,
} from './stable-diffusion/autoencoder.js';
export {
  openPromptEncoder,
  type PromptConditions,
  type PromptEncoder,
  promptGraph,
  promptShape,
  type TextAdapters,
} from './stable-diffusion/conditions.js';
export { copyParts } from './stable-diffusion/copy-parts.js';
export {
  type DiffusionModel,
  ModelConfigError,
  type Part,
  type PredictionType,
  type TextEncoderPart,
} from './stable-diffusion/diffusion-model.js';
export { openPart } from './stable-diffusion/folder.js';
export { loraBaseOf, requireLoraFits, samplingAdapter } from './stable-diffusion/lora-adapter.js';
export { type MergeLoraOptions, mergeLora } from './stable-diffusion/merge-lora.js';
export { type OpenModelOptions, openDiffusionModel, requireModelFile } from './stable-diffusion/open-model.js';
export {
  type FullWeights,
  type NetworkAdapter,
  type PolicyWeights,
  policyStore,
  type SamplingAdapter,
  type TextEncoderName,
  textEncoderNames,
} from './stable-diffusion/policy-weights.js';
export {
  type ImageSampler,
  type ImageSamplerOptions,
  openImageSampler,
  requireSampling,
  type SampledImage,
  type SampleRequest,
  samplingGraph,
} from './stable-diffusion/sample.js';
export { conditionShapes, type DenoisingNetwork, unetNetwork } from './stable-diffusion/unet-network.js';
export { writeSingleFile } from './stable-diffusion/write-single-file.js';
export { type UNetConfig, unetConfigSchema } from './unet/config.js';
export { type UNetCondition, unet2dCondition } from './unet/unet-2d-condition.js';
export { decodeLatents, encodeMoments, posterior, type VaeConfig, vaeConfigSchema } from './vae/autoencoder-kl.js';
