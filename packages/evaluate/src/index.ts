export {
  type Alpha,
  type AlphaMetric,
  type AlphaWithInterval,
  krippendorffAlpha,
  krippendorffInterval,
  type Rating,
  type Unit,
} from './agreement/krippendorff.js';
export {
  type BradleyTerryOptions,
  bradleyTerry,
  bradleyTerryIntervals,
  type Match,
  type Standing,
} from './bradley-terry.js';
export { mcnemarTest, type Paired, signTest } from './exact-tests.js';
export { implicitMargins, judgePairs, judgingGraph, type MarginOptions, type Trained } from './implicit-preference.js';
export { bootstrap, type Interval, type Proportion, quantile, type Random, wilson } from './intervals.js';
export { type RangeReport, renderLearningRateRange, writeLearningRateRange } from './report/learning-rate-range.js';
export type { Curve, Figure, Grid, Report, Shown, Table } from './report/report.js';
export {
  renderTimeline,
  type Timeline,
  type TimelineColumn,
  type TimelinePicture,
  writeTimeline,
} from './report/timeline.js';
export { renderReport, writeReport } from './report/write-report.js';
