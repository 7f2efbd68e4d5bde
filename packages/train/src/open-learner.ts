import { type Device, type DeviceName, devices } from '@bradley/runtime';
import { deviceLearner } from './device/device-learner.js';
import { optimizerGraphs } from './device/optimizer-graphs.js';
import { hostLearner, type Learner } from './learner.js';
import { type OptimizerName, optimizers } from './optimizers/index.js';
import type { OptimizerKind } from './optimizers/optimizer.js';
import type { ParameterBuffer } from './parameter-buffer.js';
import { compileStep, type LossByShape, type LossGraph } from './step/compiled-step.js';

export interface LearnerOptions {
  readonly optimizer: OptimizerName;
  readonly optimizerOptions: Readonly<Record<string, unknown>>;
  /** Keep a running average of the parameters. */
  readonly average: boolean;
  readonly device?: DeviceName;
  readonly threads?: number;
  /** Compute the insides of blocks again instead of keeping them. */
  readonly recompute?: boolean;
  /** Of how many shapes the step's sessions hold memory at a time. Default 1. */
  readonly loaded?: number;
}

/** Compiles a step for a device, for each shape that its batches may have; where tensors can stay on it, parameters and optimiser do. */
export async function openLearner(
  of: LossGraph | LossByShape,
  parameters: ParameterBuffer,
  { optimizer, optimizerOptions, average, device = 'cpu', threads, recompute = false, loaded = 1 }: LearnerOptions,
): Promise<Learner> {
  const options = { device, recompute, loaded, ...(threads ? { threads } : {}) };
  const { keepsTensors }: Device = devices[device];
  if (keepsTensors)
    return deviceLearner(of, parameters, optimizerGraphs[optimizer].create(optimizerOptions), { ...options, average });
  const kind: OptimizerKind = optimizers[optimizer];
  const onHost = kind.create(parameters.segments, optimizerOptions);
  return hostLearner(await compileStep(of, options), parameters, onHost, { average });
}
