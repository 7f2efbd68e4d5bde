import type { Shape } from '@bradley/graph';
import {
  type DeviceName,
  type DeviceTensor,
  type Feeds,
  hostAsDeviceTensor,
  openReadBack,
  openSession,
  type Session,
} from '@bradley/runtime';
import type { Learner, TrainingState } from '../learner.js';
import type { ParameterBuffer } from '../parameter-buffer.js';
import { type LossByShape, type LossGraph, metricsOf, stepSessions } from '../step/compiled-step.js';
import type { OptimizerGraph } from './optimizer-graph.js';
import { accumulationGraph, nameOf, squaredNormGraph, stateOf, updateGraph } from './optimizer-sessions.js';

type Tensors = Record<string, DeviceTensor>;

export interface DeviceLearnerOptions {
  readonly device: DeviceName;
  /** Keep a running average of the parameters. */
  readonly average: boolean;
  /** Compute the insides of blocks again instead of keeping them. */
  readonly recompute: boolean;
  readonly threads?: number;
  /** Of how many shapes the step's sessions hold memory at a time. Default 1. */
  readonly loaded?: number;
}

/**
 * A learner whose parameters, gradients, moments and average stay on the device between steps. What comes to the host of a step
 * is its loss, its metrics and the norm of the gradient; a checkpoint or a validation reads the rest back. The optimiser is a
 * graph of its own. Every result is a new tensor and the old one is disposed of: no output is ever written over an input.
 */
export async function deviceLearner(
  of: LossGraph | LossByShape,
  parameters: ParameterBuffer,
  optimizer: OptimizerGraph,
  { device, average, recompute, threads, loaded = 1 }: DeviceLearnerOptions,
): Promise<Learner> {
  const { segments } = parameters;
  const options = { device, ...(threads ? { threads } : {}) };
  const names = segments.map(({ name }) => name);
  const everyNumber = ['gradientScale', 'forget', ...Object.keys(optimizer.numbers(anyUpdate))];
  const updating = updateGraph(segments, optimizer, everyNumber, { average });
  const steps = stepSessions(of, { ...options, recompute, loaded, keep: names.map(nameOf.gradient) });
  const inputs = new Set((await steps.of(0)).model.inputs.map(({ name }) => name));
  const update = await openSession(updating, { ...options, keep: [...updating.outputs.keys()] });
  const norm = await openSession(squaredNormGraph(segments), options);
  let accumulation: Session | null = null; // only where a step has several micro-batches

  /** Every tensor of the state by the name under which `update` takes it, with its shape and its place in the flat layout. */
  const layout = segments.flatMap(({ name, shape }) => [
    { name, shape, into: 'parameters' },
    ...(average ? [{ name: nameOf.average(name), shape, into: 'average' }] : []),
    ...stateOf(optimizer, shape).map(([key, shape]) => ({ name: nameOf.state(key, name), shape, into: key })),
  ]);
  const reader = await openReadBack(Object.fromEntries(layout.map(({ name, shape }) => [name, shape])), device);
  let state: Tensors = {};
  let gradients: Tensors | null = null;

  const totals = new Map<string, number>(optimizer.stateNames.map((name) => [name, 0]));
  const placed = layout.map(({ name, shape, into }) => {
    const start = totals.get(into) ?? 0;
    const end = start + count(shape);
    totals.set(into, end);
    return { name, shape, into, start, end };
  });
  const blank = (): Record<string, Float32Array> =>
    Object.fromEntries([...totals].map(([name, length]) => [name, new Float32Array(length)]));
  const asState = (flat: Record<string, Float32Array>): TrainingState => ({
    parameters: flat.parameters as Float32Array,
    average: flat.average ?? null,
    optimizer: Object.fromEntries(optimizer.stateNames.map((name) => [name, flat[name] as Float32Array])),
  });

  const learner: Learner = {
    inputs,
    async accumulate(batch, shape = 0) {
      const wanted = Object.fromEntries(names.map((name) => [name, state[name] as DeviceTensor]));
      const { host, kept } = await (await steps.of(shape)).runKeeping({ ...wanted, ...batch });
      if (gradients === null) gradients = kept;
      else {
        accumulation ??= await openSession(accumulationGraph(segments), { ...options, keep: names.map(nameOf.next) });
        const both: Feeds = { ...gradients, ...renamed(names, kept, nameOf.gradient, nameOf.more) };
        const { kept: sums } = await accumulation.runKeeping(both);
        disposeAll(gradients);
        disposeAll(kept);
        gradients = renamed(names, sums, nameOf.next, nameOf.gradient);
      }
      return metricsOf(host);
    },
    async gradientNorm(scale) {
      const { squaredNorm } = await norm.run(accumulated(gradients));
      return Math.sqrt(Number(squaredNorm?.data[0])) * scale;
    },
    async update(by, averageDecay) {
      const numbers = { ...optimizer.numbers(by), gradientScale: by.gradientScale, forget: 1 - averageDecay };
      const fed = Object.entries(numbers).map(([name, value]) => [nameOf.number(name), Float32Array.of(value)]);
      const all: Feeds = { ...state, ...accumulated(gradients), ...Object.fromEntries(fed) };
      const { kept } = await update.runKeeping(
        Object.fromEntries(update.model.inputs.map(({ name }) => [name, all[name] as DeviceTensor])),
      );
      disposeAll(state);
      disposeAll(accumulated(gradients));
      gradients = null;
      state = renamed(
        layout.map(({ name }) => name),
        kept,
        nameOf.next,
        (name) => name,
      );
    },
    async forget() {
      if (gradients) disposeAll(gradients);
      gradients = null;
    },
    async read() {
      const tensors = await reader.read(state);
      const flat = { ...blank(), parameters: parameters.values };
      for (const { name, into, start } of placed)
        (flat as Record<string, Float32Array>)[into]?.set(tensors[name] as Float32Array, start);
      return asState(flat);
    },
    async write({ parameters: values, average: averaged, optimizer: saved }) {
      const flat: Readonly<Record<string, Float32Array | null>> = { ...saved, parameters: values, average: averaged };
      const next = placed.map(({ name, shape, into, start, end }) => [
        name,
        hostAsDeviceTensor((flat[into] as Float32Array).slice(start, end), shape),
      ]);
      disposeAll(state);
      state = Object.fromEntries(next);
    },
    suspend: () => steps.suspend(), // of the state's own sessions at least one must live: they share its memory
    async release() {
      disposeAll(state);
      if (gradients) disposeAll(gradients);
      const sessions = [steps, update, norm, reader, ...(accumulation ? [accumulation] : [])];
      await Promise.all(sessions.map((session) => session.release()));
    },
  };
  await learner.write(asState({ ...blank(), parameters: parameters.values, average: parameters.values }));
  return learner;
}

/** Only for the names of the numbers. */
const anyUpdate = { step: 1, learningRate: 0, gradientScale: 1 };

function accumulated(gradients: Tensors | null): Tensors {
  if (!gradients) throw new Error('there are no gradients yet: a step accumulates them before it uses them');
  return gradients;
}

/** The tensors of these parameters under other names. */
function renamed(
  names: readonly string[],
  tensors: Tensors,
  from: (name: string) => string,
  to: (name: string) => string,
): Tensors {
  return Object.fromEntries(names.map((name) => [to(name), tensors[from(name)] as DeviceTensor]));
}

const disposeAll = (tensors: Tensors): void => {
  for (const tensor of Object.values(tensors)) tensor.dispose();
};

const count = (shape: Shape): number => shape.reduce((product, n) => product * n, 1);
