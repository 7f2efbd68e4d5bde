export {
  type Agreement,
  agreementOf,
  agreementOfPairs,
  type PairAgreement,
  type RaterAgreement,
} from './agreement/agreement-of.js';
export { type KnownAnswers, knownAnswers, type RightAnswer } from './agreement/known-answers.js';
export {
  type Alpha,
  type AlphaMetric,
  type AlphaWithInterval,
  krippendorffAlpha,
  krippendorffInterval,
  type Rating,
  type Unit,
} from './agreement/krippendorff.js';
export { type PositionBias, type PositionBiases, positionBias } from './agreement/position-bias.js';
export { raterSpeed, type Speed } from './agreement/rater-speed.js';
export { type Rater, type Verdict, verdictsOf } from './agreement/verdicts.js';
export { genEvalClip, openClipEmbedder } from './benchmarks/clip-embedder.js';
export { type ColourClassifier, colourClassifier, type Embedder } from './benchmarks/colour-classifier.js';
export { type DpgBenchOptions, type DpgBenchResult, scoreDpgBench } from './benchmarks/dpg-bench.js';
export { dpgScores } from './benchmarks/dpg-rules.js';
export { formatDpgBench, formatGenEval } from './benchmarks/format-benchmark.js';
export { type GenEvalOptions, type GenEvalResult, type GenEvalScore, scoreGenEval } from './benchmarks/geneval.js';
export { judgeGenEval, objectsOf, relationsOf } from './benchmarks/geneval-rules.js';
export { promptPictures } from './benchmarks/prompt-pictures.js';
export { attributeScore, complexScore, parseSpatial, spatialScore, type T2iSpatial } from './benchmarks/t2i-rules.js';
export { binomialProbabilities, binomialTest } from './binomial.js';
export {
  type BradleyTerryOptions,
  bradleyTerry,
  bradleyTerryIntervals,
  type Match,
  type Standing,
} from './bradley-terry.js';
export { type ChoicesNeeded, choicesNeeded, powerOfChoices, smallestShare } from './choices-needed.js';
export type { Box, Detection, Detector } from './detection/detection.js';
export { type DetectorConfig, detectorConfigSchema, loadDetectorConfig } from './detection/detector-config.js';
export { openDetector } from './detection/open-detector.js';
export { mcnemarTest, type Paired, signTest } from './exact-tests.js';
export { type DecideOptions, decide, type TieRule, tieRules } from './feedback/decide.js';
export {
  type CombinationName,
  combinationNames,
  combinations,
  type Rewards,
  type Spread,
  spreadMeter,
} from './feedback/ensemble.js';
export { type LabelReport, labelMeter } from './feedback/label-report.js';
export { type ImplicitAccuracy, implicitAccuracy } from './implicit-accuracy.js';
export { implicitMargins, judgeGroups, judgingGraph, type MarginOptions, type Trained } from './implicit-preference.js';
export {
  bootstrap,
  type Interval,
  type Measured,
  measured,
  type Proportion,
  quantile,
  type Random,
  wilson,
} from './intervals.js';
export { BudgetError, formatSpent, type Spent } from './judge/account.js';
export { comparePair, type PairVerdict } from './judge/compare-pair.js';
export { concurrently } from './judge/concurrently.js';
export { type Judge, type JudgeOptions, openJudge, type Question } from './judge/judge.js';
export { type JudgeConfig, judgeConfigSchema, loadJudgeConfig } from './judge/judge-config.js';
export { scoreQuestion, yesNoQuestion } from './judge/questions.js';
export { UnusableAnswer } from './judge/read-answer.js';
export { type DpgPrompt, type DpgQuestion, dpgBench } from './prompt-sets/dpg-bench.js';
export {
  type GenEvalPrompt,
  type GenEvalRelation,
  type GenEvalTask,
  genEvalRelations,
  genEvalTasks,
  geneval,
} from './prompt-sets/geneval.js';
export type { PromptSet, SetPrompt } from './prompt-sets/prompt-set.js';
export type { PromptSetKind } from './prompt-sets/prompt-set-kind.js';
export { readPromptFile } from './prompt-sets/read-prompt-file.js';
export { readPromptSet, readPublished } from './prompt-sets/read-prompt-set.js';
export { type T2iCompBenchPrompt, t2iCompBench } from './prompt-sets/t2i-compbench.js';
export { promptSetKinds } from './prompt-sets/table.js';
export { type Beliefs, type Contestant, learn, openBeliefs } from './ranking/beliefs.js';
export { informationGain } from './ranking/information-gain.js';
export { type Leaderboard, leaderboard, standingsOf } from './ranking/leaderboard.js';
export {
  type ContestantMatches,
  type ContestantOf,
  type LeftOut,
  matchesOf,
  modelAndAdapter,
} from './ranking/matches.js';
export { type NextPair, type NextPairOptions, nextPair } from './ranking/next-pair.js';
export {
  informativeness,
  type StrengthPosterior,
  strengthGap,
  strengthPosterior,
} from './ranking/strength-posterior.js';
export type { EvaluationReport, PictureRow } from './report/evaluation/evaluation-report.js';
export { designText, renderEvaluation, writeEvaluation } from './report/evaluation/write-evaluation.js';
export { type RangeReport, renderLearningRateRange, writeLearningRateRange } from './report/learning-rate-range.js';
export type { SharePlot } from './report/plots.js';
export type { Curve, Figure, Grid, Report, Shown, Table } from './report/report.js';
export {
  renderTimeline,
  type Timeline,
  type TimelineColumn,
  type TimelinePicture,
  writeTimeline,
} from './report/timeline.js';
export { renderReport, writeReport } from './report/write-report.js';
export { type Calibration, calibration, fitTemperature, type ReliabilityBin } from './reward/calibration.js';
export { accuracyAtThreshold, type JudgedDifference, type TieAccuracy, tieAccuracy } from './reward/tie-accuracy.js';
export {
  openScorer,
  parseScorerSpec,
  type ScorerSpec,
  splitScorerSpecs,
} from './scorers/open-scorer.js';
export {
  type PictureToScore,
  pictureFile,
  type ScoreAllOptions,
  type ScoreProgress,
  scoreAll,
} from './scorers/score-all.js';
export { type KeptScorer, keptScores } from './scorers/score-cache.js';
export type { Scorable, Scorer } from './scorers/scorer.js';
export { clipScorerGraph } from './scorers/scorer-graphs.js';
export type { GraphOptions, ScorerKind, ScorerKinds, ScorerOptions } from './scorers/scorer-kind.js';
export { scorerKinds } from './scorers/table.js';
export { weightFingerprint } from './scorers/weight-fingerprint.js';
export { type ChunkedMean, chunkedMean } from './win-rates/chunked-mean.js';
export { type Conclusion, conclude, holm, neededText } from './win-rates/conclusion.js';
export { cosineDistance, type Diversity, diversityOf, meanPairwise, pixelDistance } from './win-rates/diversity.js';
export { type Drift, type DriftLevel, driftLevels, driftOf } from './win-rates/drift.js';
export {
  type Case,
  type Comparison as ContestantComparison,
  type ContestantDrift,
  designOf,
  duelsOf,
  type EvaluatedContestant,
  type EvaluatedJudge,
  type Evaluation,
  type EvaluationDesign,
  type EvaluationInput,
  evaluateContestants,
  type JudgeResult,
  type ScorerEvidence,
  type VoteEvidence,
} from './win-rates/evaluation.js';
export {
  type Independence,
  independence,
  isTeacher,
  type JudgeOrigin,
  type Origin,
  objections,
  unknowns,
} from './win-rates/independence.js';
export { randomStream } from './win-rates/random-stream.js';
export { byCategory, type Duel, type WinRate, winRate } from './win-rates/win-rate.js';
