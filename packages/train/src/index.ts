export { clipFactor, globalNorm } from './clip.js';
export { type EmaOptions, emaDecay, updateAverage } from './ema.js';
export { learningRateFactor, type ScheduleName, scheduleNames } from './learning-rate.js';
export { type OptimizerName, optimizerNames, optimizers } from './optimizers/index.js';
export type { Optimizer, OptimizerKind, Update } from './optimizers/optimizer.js';
export { allocatorEnvironment, glibcVersion } from './run-folder/allocator.js';
export { bestCheckpoint, type Checkpoint, type DamagedCheckpoint } from './run-folder/checkpoints.js';
export { askRun, type RunControl, readControl } from './run-folder/control.js';
export { FullDiskError } from './run-folder/full-disk.js';
export { acquireLock, type Lock, LockedError, type LockHolder, releaseLock } from './run-folder/lock.js';
export { appendMetrics, type Json, type MetricRecord, type MetricsLog } from './run-folder/metrics.js';
export { hasEnded, type ObservedState, observeRun } from './run-folder/observe.js';
export { identifyProcess, isAlive, type ProcessIdentity } from './run-folder/process-identity.js';
export {
  closeRun,
  createRun,
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
