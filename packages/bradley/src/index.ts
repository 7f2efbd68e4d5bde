export {
  cacheFolder,
  type DownloadProgress,
  type ResolvedModel,
  type ResolveOptions,
  resolveModel,
} from '@bradley/formats';
export { exportOnnx, inspectOnnx, openOnnxModel, readOnnxAdapter, writeSingleFile } from '@bradley/models';
export { type ChosenDevice, chooseDevice, type DeviceName, devices } from '@bradley/runtime';
export { type CarryOverOptions, type CarryOverPlan, carryOver, planCarryOver } from './arena/carry-over.js';
export {
  type Drawer,
  type DrawerOptions,
  type DrawnPicture,
  type DrawRequest,
  openDrawer,
} from './arena/drawing/open-drawer.js';
export type { Look } from './arena/looks.js';
export { type ArenaDrawerOptions, openArenaDrawer } from './arena/open-arena-drawer.js';
export { type PairPlan, planPair } from './arena/plan-pair.js';
export { promptsToStart } from './arena/prompts-to-start.js';
export { type ServeArenaOptions, type ServedArena, serveArena } from './arena/serve-arena.js';
export { carriedPairs, type TasteRun, tasteRunConfig, tasteStrength } from './arena/taste-run-config.js';
export { formatRunConfig } from './config/format-run-config.js';
export { ConfigError, loadRunConfig, type Overrides, parseRunConfig } from './config/load-run-config.js';
export { type RunConfig, type RunTables, runConfigAliases, runConfigSchema } from './config/run-config.js';
export { type Diagnosis, diagnose, type Finding, type RunEstimate } from './doctor.js';
export { type ClipTowers, emojiClipFolder, openEmojiClip } from './emoji/clip/open-emoji-clip.js';
export { measureRetrieval, type Retrieval } from './emoji/clip/retrieval.js';
export { type EmojiClipReport, type EmojiClipTraining, trainEmojiClip } from './emoji/clip/train-emoji-clip.js';
export { openJudge as openEmojiJudge } from './emoji/judge/open-judge.js';
export { trainJudge as trainEmojiJudge } from './emoji/judge/train-judge.js';
export { openLabellingScorer } from './emoji/labelling/open-labelling-scorer.js';
export {
  type LabellingTraining,
  labellingRecipe,
  trainLabellingScorer,
} from './emoji/labelling/train-labelling-scorer.js';
export { scorerAgreement } from './emoji/looks/agreement.js';
export { judgeFolder as emojiJudgeFolder, labellingScorerFolder } from './emoji/looks/folders.js';
export { type LookComparisonsOptions, writeLookComparisons } from './emoji/looks/look-comparisons.js';
export {
  lookFlipped,
  lookFlipRate,
  lookPersona,
  lookTaste,
  lookUtility,
  measureLook,
} from './emoji/looks/look-taste.js';
export {
  type LookJudgesOptions,
  type LookJudgesReport,
  lookSets,
  makeLookJudges,
} from './emoji/looks/make-look-judges.js';
export { type NameSet, nameSetOf, nameSets } from './emoji/looks/name-sets.js';
export { lookPersonaScorer } from './emoji/looks/persona-scorer.js';
export { shipLookComparisons } from './emoji/looks/ship-comparisons.js';
export { type Category, type EmojiName, emojiFolder, readEmojiNames } from './emoji/names.js';
export { writeWordTokenizer } from './emoji/tokenizer.js';
export { type DrawSettings, drawPictures } from './evaluate/draw-pictures.js';
export { type EvaluatedModels, type EvaluateOptions, evaluateModels } from './evaluate/evaluate-models.js';
export { formatEvaluation } from './evaluate/format-evaluation.js';
export { originOfLora, originOfModel } from './evaluate/origin.js';
export { choosePrompts, promptsOf } from './evaluate/prompts.js';
export { type BuildSetOptions, type BuiltSet, buildSet } from './feedback/build-set.js';
export { type CandidateSet, type CandidateSource, openCandidates } from './feedback/candidate-sets.js';
export { type Judges, type Labelled, type LabelOptions, labelCandidates } from './feedback/label-candidates.js';
export { openRecipe, type Recipe, recipes } from './feedback/recipes.js';
export { convertLora, type DescribedLora, describeLora, mergeLoraFiles, resizeLoraFile } from './lora/lora-files.js';
export { type LoraUse, parseLoraUse, readLoras, readSamplingAdapter } from './lora/use-lora.js';
export { type LearningRateRange, type LearningRateRangeOptions, learningRateRange } from './lr-range.js';
export { type ModelOptions, openModel } from './open-model.js';
export { drawEmoji, type PretrainModelOptions, pretrainModel } from './pretrain-model.js';
export {
  finishQuickstart,
  freeFolder,
  quickstartConfig,
  quickstartEvaluation,
  quickstartSummary,
} from './quickstart.js';
export { configOfFlags, type RewardFlags } from './reward/config-of-flags.js';
export { exportScorer } from './reward/export-scorer.js';
export {
  type CurvePoint,
  type QuestionReport,
  type RewardReport,
  reportReward,
  writeRewardReport,
} from './reward/report-reward.js';
export { type RewardConfig, rewardConfigSchema } from './reward/reward-config.js';
export { rewardConfigOf, runReward } from './reward/run-reward.js';
export {
  type ScoredPicture,
  type ScoredPictures,
  type ScorePicturesOptions,
  scorePictures,
} from './reward/score-pictures.js';
export { resumeReward, type StartedReward, startReward } from './reward/start-reward.js';
export { frozenModel } from './run/frozen-model.js';
export { loadGroups } from './run/load-groups.js';
export { type AvailableMemory, availableMemory } from './run/needs/available-memory.js';
export { type Calibration, calibrate } from './run/needs/calibration.js';
export { type DryRun, dryRun, timeRun } from './run/needs/dry-run.js';
export { estimateRun } from './run/needs/estimate-run.js';
export { MemoryError } from './run/needs/require-memory.js';
export { type RunNeeds, runNeeds } from './run/needs/run-needs.js';
export { peakMemory } from './run/peak-memory.js';
export { runTraining } from './run/run-training.js';
export { settingsOf } from './run/settings.js';
export { resumeRun, type StartedRun, startRun } from './run/start-run.js';
export { roomFor, type SampleOptions, sampleImages } from './sample-images.js';
export { freezeSynpic, synpicRecords, writeSynpic } from './synpic/export-synpic.js';
export { httpJobs } from './synpic/http-jobs.js';
export type { Jobs, SynpicStatus } from './synpic/jobs.js';
export { loadPlan, type Plan } from './synpic/plan.js';
export { type RunningSynpic, type StartSynpicOptions, startSynpic } from './synpic/start-synpic.js';
export { storeJobs } from './synpic/store-jobs.js';
export { work } from './synpic/work.js';
export { openWorkbench, type Workbench } from './synpic/workbench.js';
export { tables } from './tables.js';
export { unknownWords } from './unknown-words.js';
