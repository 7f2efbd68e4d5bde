export {
  type BradleyTerryOptions,
  bradleyTerry,
  bradleyTerryIntervals,
  type Match,
  type Standing,
} from './bradley-terry.js';
export { mcnemarTest, type Paired, signTest } from './exact-tests.js';
export { implicitMargins, type MarginOptions } from './implicit-preference.js';
export { bootstrap, type Interval, type Proportion, quantile, type Random, wilson } from './intervals.js';
export type { Curve, Figure, Grid, Report, Shown, Table } from './report/report.js';
export { renderReport, writeReport } from './report/write-report.js';
