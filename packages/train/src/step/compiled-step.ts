import { type BackwardOptions, backward, type Graph, graph, type Value } from '@bradley/graph';
import type { Trainable } from '@bradley/models';
import { type HostData, type HostTensor, openSession, type Session, type SessionOptions } from '@bradley/runtime';
import type { ParameterBuffer } from '../parameter-buffer.js';
import { type SessionsByShape, sessionsByShape } from './sessions-by-shape.js';

/** A loss to descend, scalars to log, and the tensors to train. */
export interface LossGraph {
  readonly loss: Value;
  readonly metrics: Readonly<Record<string, Value>>;
  readonly trainables: readonly Trainable[];
}

/** The same loss for batches of several shapes: over the same trainables, whatever else differs. */
export type LossByShape = (shape: number) => LossGraph;

/** One graph of forward, loss, metrics and backward. */
export function stepGraph({ loss, metrics, trainables }: LossGraph, options: BackwardOptions = {}): Graph {
  const gradients = backward(
    loss,
    trainables.map(({ value }) => value),
    options,
  );
  const named = trainables.map(({ name }, i) => [gradientName(name), gradients[i] as Value]);
  return graph({ loss, ...prefixed(metrics), ...Object.fromEntries(named) });
}

const gradientName = (name: string): string => `grad/${name}`;
const metricPrefix = 'metric/';
const prefixed = (metrics: Readonly<Record<string, Value>>): Record<string, Value> =>
  Object.fromEntries(Object.entries(metrics).map(([name, value]) => [metricPrefix + name, value]));

export interface StepOptions extends SessionOptions, BackwardOptions {
  /** Of how many shapes the sessions hold memory at a time. Default 1. */
  readonly loaded?: number;
}

/** A training step that ONNX Runtime has loaded. */
export interface CompiledStep {
  /** Of the first shape, the only one for most. */
  readonly session: Session;
  /**
   * Computes loss and gradients of one micro-batch, and adds the gradients to `accumulated`, which is laid out as the
   * parameters are. Returns the loss and the metrics.
   * @param shape which of several the batch has. Default the first
   */
  run(
    parameters: ParameterBuffer,
    batch: Readonly<Record<string, HostData>>,
    accumulated: Float32Array,
    shape?: number,
  ): Promise<Record<string, number>>;
  suspend(): Promise<void>;
  release(): Promise<void>;
}

export async function compileStep(of: LossGraph | LossByShape, options: StepOptions = {}): Promise<CompiledStep> {
  const sessions = stepSessions(of, options);
  return {
    session: await sessions.of(0),
    async run(parameters, batch, accumulated, shape = 0) {
      const results = await (await sessions.of(shape)).run({ ...parameters.views, ...batch });
      for (const { name, offset } of parameters.segments)
        addInto(accumulated, offset, results[gradientName(name)]?.data as Float32Array);
      return metricsOf(results);
    },
    suspend: sessions.suspend,
    release: sessions.release,
  };
}

/** The sessions of a step, one for each shape. */
export function stepSessions(of: LossGraph | LossByShape, { loaded = 1, ...options }: StepOptions): SessionsByShape {
  const lossOf = typeof of === 'function' ? of : () => of;
  // What is computed twice is held for a short time only, or recomputing would gain half.
  const session = { ...options, freeEarly: options.recompute === true };
  return sessionsByShape((shape) => openSession(stepGraph(lossOf(shape), options), session), loaded);
}

/** The loss and the metrics among a step's results. */
export function metricsOf(results: Readonly<Record<string, HostTensor>>): Record<string, number> {
  const metrics: Record<string, number> = { loss: Number(results.loss?.data[0]) };
  for (const [name, tensor] of Object.entries(results))
    if (name.startsWith(metricPrefix)) metrics[name.slice(metricPrefix.length)] = Number(tensor.data[0]);
  return metrics;
}

function addInto(sum: Float32Array, offset: number, addend: Float32Array): void {
  for (let i = 0; i < addend.length; i++) sum[offset + i] = (sum[offset + i] as number) + (addend[i] as number);
}
