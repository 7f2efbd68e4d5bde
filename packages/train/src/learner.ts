import type { HostData } from '@bradley/runtime';
import { globalNorm } from './clip.js';
import { updateAverage } from './ema.js';
import type { Optimizer, Update } from './optimizers/optimizer.js';
import type { ParameterBuffer } from './parameter-buffer.js';
import type { CompiledStep } from './step/compiled-step.js';

/** Everything of training that a checkpoint holds, each laid out flat as the parameters are. */
export interface TrainingState {
  readonly parameters: Float32Array;
  /** The running average of the parameters, where one is kept. */
  readonly average: Float32Array | null;
  /** The optimiser's, by its own names. */
  readonly optimizer: Readonly<Record<string, Float32Array>>;
}

/** The parameters that are trained, with their gradients and their optimiser: on the host, or kept on a device. */
export interface Learner {
  /** The inputs that a batch may feed. */
  readonly inputs: ReadonlySet<string>;
  /**
   * Computes one micro-batch, and adds its gradients to those since the last update. Returns the loss and the metrics.
   * @param shape which of several the batch has. Default the first
   */
  accumulate(batch: Readonly<Record<string, HostData>>, shape?: number): Promise<Record<string, number>>;
  /** The L2 norm of the accumulated gradients, times `scale`. */
  gradientNorm(scale: number): Promise<number>;
  /** One step of the optimiser by the accumulated gradients, which are then forgotten. @param averageDecay of the running average */
  update(update: Update, averageDecay: number): Promise<void>;
  /** Forgets the gradients since the last update: what was computed was only to be looked at. */
  forget(): Promise<void>;
  /** The state on the host: valid until the next update. Refreshes the buffer that the learner was made with. */
  read(): Promise<TrainingState>;
  /** Takes over a state that was read. */
  write(state: TrainingState): Promise<void>;
  /** Gives back what the step's sessions hold until the next micro-batch, for work beside it that needs the memory. */
  suspend(): Promise<void>;
  release(): Promise<void>;
}

/** A learner whose state lies in flat buffers of the host; the device is given the parameters with every batch. */
export function hostLearner(
  step: CompiledStep,
  parameters: ParameterBuffer,
  optimizer: Optimizer,
  { average: averages }: { readonly average: boolean },
): Learner {
  const gradients = new Float32Array(parameters.values.length);
  const average = averages ? parameters.values.slice() : null;
  const state: TrainingState = { parameters: parameters.values, average, optimizer: optimizer.state };
  return {
    inputs: new Set(step.session.model.inputs.map(({ name }) => name)),
    accumulate: (batch, shape) => step.run(parameters, batch, gradients, shape),
    gradientNorm: async (scale) => globalNorm(gradients, scale),
    async update(update, averageDecay) {
      optimizer.update(parameters.values, gradients, update);
      if (average) updateAverage(average, parameters.values, averageDecay);
      gradients.fill(0);
    },
    async forget() {
      gradients.fill(0);
    },
    read: async () => state,
    async write(saved) {
      parameters.values.set(saved.parameters);
      if (average && saved.average) average.set(saved.average);
      for (const [name, flat] of Object.entries(optimizer.state)) flat.set(saved.optimizer[name] as Float32Array);
    },
    suspend: () => step.suspend(),
    release: () => step.release(),
  };
}
