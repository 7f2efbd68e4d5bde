export { clipFactor, globalNorm } from './clip.js';
export { type EmaOptions, emaDecay, updateAverage } from './ema.js';
export { epochs } from './epochs.js';
export { type FrozenPart, type FrozenPartOptions, frozenPart, plannedFrozenPart } from './frozen/frozen-part.js';
export { type FrozenPrecision, frozenPrecisions } from './frozen/precisions.js';
export type { Learner, TrainingState } from './learner.js';
export { learningRateFactor, type ScheduleName, scheduleNames } from './learning-rate.js';
export {
  findRate,
  type RangeFinding,
  rangeRule,
  type SweepPlan,
  type SweepPoint,
  sweepLearningRate,
} from './learning-rate-range.js';
export { fit, type Job, loadFlat, obeyControl, type Plan, saveFlat, type Validation } from './loop.js';
export { type LearnerOptions, openLearner } from './open-learner.js';
export { type OptimizerName, optimizerNames, optimizers } from './optimizers/index.js';
export type { Optimizer, OptimizerKind, Update } from './optimizers/optimizer.js';
export { initialise, type ParameterBuffer, parameterBuffer, type Segment, viewsOf } from './parameter-buffer.js';
export { type Answer, type PassProgress, type Proceed, passOver } from './pass.js';
export { type BucketOptions, nearestSize, pictureSizes, sideMultiple, sizeText } from './preference/buckets.js';
export { type ContentCache, cacheKey, contentCache, fingerprint } from './preference/content-cache.js';
export {
  type Encoded,
  type EncodingPass,
  encodeGroups,
  groupShape,
  rememberedBytes,
} from './preference/encode-groups.js';
export {
  type BatchSettings,
  denoisingShapes,
  groupBatches,
  groupDraws,
  joinDraws,
  type ReferenceErrors,
} from './preference/group-batches.js';
export {
  drawLatent,
  type EncodedGroup,
  type EncodedImage,
  type GroupDataset,
  type GroupShape,
  type GroupShapes,
  latentElements,
  timeIds,
} from './preference/group-dataset.js';
export { GuardError } from './preference/guards.js';
export { keepReferenceErrors, type ReferencePass, referenceGraph } from './preference/reference-errors.js';
export {
  type AdapterSettings,
  buildPolicy,
  openPreferences,
  type PreferenceSettings,
  policyGraph,
  trainPreferences,
} from './preference/train-preferences.js';
export { type PretrainOptions, pretrain } from './pretrain/pretrain.js';
export { type Recipe, recipeSchema, type TrainingRecipe } from './pretrain/recipe.js';
export { trainStage } from './pretrain/stage.js';
export { partPrefixes, textToImageLoss } from './pretrain/text-to-image-loss.js';
export { vaeLoss } from './pretrain/vae-loss.js';
export { writeModelFolder } from './pretrain/write-model.js';
export { clipPreprocessing } from './reward/clip-preprocessing.js';
export { writeNewClip } from './reward/new-clip.js';
export { judgementsOf, type RewardBatchSettings } from './reward/reward-batches.js';
export { type RewardJson, type RewardQuestion, rewardJsonSchema } from './reward/reward-json.js';
export { type Judged, openRewardJudge, type RewardJudge, rewardModelScores } from './reward/reward-judge.js';
export {
  type ClipFolder,
  openClipFolder,
  openRewardModel,
  picturePixels,
  promptIds,
  type RewardModel,
  rewardFile,
} from './reward/reward-model.js';
export { type Judgement, type RewardRow, rewardRows } from './reward/rows.js';
export {
  type RewardSettings,
  type RewardTraining,
  type RewardValidation,
  trainReward,
} from './reward/train-reward.js';
export { type Trains, trainsSchema } from './reward/what-trains.js';
export { type TrainedReward, writeRewardJson, writeRewardModel } from './reward/write-reward-model.js';
export { allocatorEnvironment, glibcVersion } from './run-folder/allocator.js';
export { bestCheckpoint, type Checkpoint, type DamagedCheckpoint, listCheckpoints } from './run-folder/checkpoints.js';
export { askRun, clearControl, type RunControl, readControl } from './run-folder/control.js';
export { FullDiskError } from './run-folder/full-disk.js';
export { inRun } from './run-folder/in-run.js';
export { appendMetrics, type Json, type MetricRecord, type MetricsLog, recordGrid } from './run-folder/metrics.js';
export { hasEnded, type ObservedState, observeRun } from './run-folder/observe.js';
export { stepName, validationFolder, validationPage } from './run-folder/pictures.js';
export {
  closeRun,
  createRun,
  failedUntrained,
  type OpenRun,
  openRun,
  readRunConfig,
  runCheckpoints,
  saveCheckpoint,
  updateState,
} from './run-folder/run-folder.js';
export { spawnRun } from './run-folder/spawn.js';
export { type RunState, type RunStatus, runStatuses } from './run-folder/state.js';
export { NotStartedError, type RunEvent, tailRun } from './run-folder/tail.js';
export { type CompiledStep, compileStep, type LossGraph, stepGraph } from './step/compiled-step.js';
export {
  type DenoisingNetworks,
  type DenoisingShapes,
  denoisingErrors,
  denoisingLoss,
} from './step/denoising.js';
export { noiseFeeds } from './step/noise-feeds.js';
