import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { float32Tensor, readSafetensors, toFloat32, writeSafetensors } from '@bradley/formats';
import type { HostData } from '@bradley/runtime';
import { clipFactor } from './clip.js';
import { type EmaOptions, emaDecay } from './ema.js';
import type { Learner, TrainingState } from './learner.js';
import { learningRateFactor, type ScheduleName } from './learning-rate.js';
import { type ParameterBuffer, viewsOf } from './parameter-buffer.js';
import { readControl } from './run-folder/control.js';
import { appendMetrics, type Json } from './run-folder/metrics.js';
import { type OpenRun, saveCheckpoint, updateState } from './run-folder/run-folder.js';

/** How long and how fast to train. */
export interface Plan {
  readonly steps: number;
  /** Micro-batches per optimiser step. */
  readonly accumulate: number;
  /** Clip the global gradient norm to this; null leaves it. */
  readonly maxNorm: number | null;
  readonly learningRate: number;
  readonly schedule: ScheduleName;
  readonly warmup: number;
  readonly ema: EmaOptions | null;
  readonly checkpointEvery: number;
  readonly keep: number;
}

/** What is trained, and on what. */
export interface Job {
  readonly learner: Learner;
  /** The buffer that the learner was made with: current whenever its state has been read. */
  readonly parameters: ParameterBuffer;
  /** The feeds of one micro-batch, counted from 0: a function of its number alone, so that a resumed run sees the same. */
  readonly batch: (number: number) => Promise<Readonly<Record<string, HostData>>>;
  /** Which of the learner's shapes a micro-batch has; left out, all have the first. */
  readonly shape?: (number: number) => number;
  /** Examples (pairs, images) of one optimiser step, for the rate. */
  readonly examplesPerStep: number;
  /**
   * Sees the metrics of every step before it changes the parameters; may add to them. An error stops the run: no checkpoint
   * holds the parameters that led to it, if they were not those that the run began with.
   */
  readonly inspect?: (
    step: number,
    metrics: Readonly<Record<string, number>>,
  ) => Readonly<Record<string, Json>> | undefined;
  readonly validation?: Validation;
}

/** What looks at a run from outside while it trains, before its first step (0) and after some. */
export interface Validation {
  due(step: number): boolean;
  /**
   * May append to the metrics; the step's session holds no memory meanwhile. `weights` are what a result of this step would be made
   * of: the parameters by name, or their average if one is kept.
   * @returns the score of a checkpoint of that step, or null
   */
  run(step: number, weights: Readonly<Record<string, Float32Array>>): Promise<number | null>;
}

/**
 * Trains until the plan is done or the run is asked to stop. Every optimiser step is a line of metrics; checkpoints fall
 * between optimiser steps and hold everything, so that a resumed run continues bit for bit.
 */
export async function fit(
  run: OpenRun,
  job: Job,
  plan: Plan,
): Promise<{ status: 'finished' | 'stopped' } & TrainingState> {
  const { learner, parameters } = job;
  const start = run.resume ? run.resume.manifest.step : 0;
  if (run.resume) await learner.write(await loadTraining(run.resume.path, parameters.segments, await learner.read()));

  const validate = async (step: number): Promise<number | null> => {
    if (!job.validation?.due(step)) return null;
    const { average, parameters: values } = await learner.read();
    await learner.suspend();
    return job.validation.run(step, viewsOf(parameters.segments, average ?? values));
  };

  let score = run.resume ? null : await validate(0); // of the parameters as they are
  for (let done = start; done < plan.steps; done++) {
    if ((await obeyControl(run)) === 'stop')
      return { status: 'stopped', ...(await checkpoint(run, job, plan, done, score)) };
    const began = performance.now();
    const metrics: Record<string, number> = {};
    for (let micro = 0; micro < plan.accumulate; micro++) {
      const number = done * plan.accumulate + micro;
      const values = await learner.accumulate(await job.batch(number), job.shape?.(number) ?? 0);
      for (const [name, value] of Object.entries(values))
        metrics[name] = (metrics[name] ?? 0) + value / plan.accumulate;
    }
    const step = done + 1;
    const gradientNorm = await learner.gradientNorm(1 / plan.accumulate);
    const learningRate =
      plan.learningRate * learningRateFactor(plan.schedule, done, { warmup: plan.warmup, total: plan.steps });
    const inspected = { ...metrics, ...job.inspect?.(step, { ...metrics, gradientNorm }) };
    const computed = performance.now();
    // Only now that the parameters have given a good loss: a run that diverged has no checkpoint of it.
    if (done > start && done % plan.checkpointEvery === 0) await checkpoint(run, job, plan, done, score);
    const waited = performance.now() - computed;
    const clip = plan.maxNorm === null ? 1 : clipFactor(gradientNorm, plan.maxNorm);
    const averageDecay = plan.ema ? emaDecay(step, plan.ema) : 0;
    await learner.update({ step, learningRate, gradientScale: clip / plan.accumulate }, averageDecay);
    const seconds = (performance.now() - began - waited) / 1000;
    const examplesPerSecond = job.examplesPerStep / seconds;
    const rates = { gradientNorm, learningRate, seconds, examplesPerSecond, at: new Date().toISOString() };
    await appendMetrics(run.metrics, { step, ...inspected, ...rates });
    score = await validate(step);
  }
  return { status: 'finished', ...(await checkpoint(run, job, plan, plan.steps, score)) };
}

/** Waits while the run is asked to pause; says when it is asked to stop. */
export async function obeyControl(run: OpenRun): Promise<'go' | 'stop'> {
  for (let paused = false; ; paused = true) {
    const { pause, stop } = await readControl(run.folder);
    if (stop) return 'stop';
    if (!pause) {
      if (paused) await updateState(run, { status: 'running' });
      return 'go';
    }
    if (!paused) await updateState(run, { status: 'paused' });
    await sleep(200);
  }
}

async function checkpoint(
  run: OpenRun,
  { parameters: { segments }, learner }: Job,
  { keep }: Plan,
  step: number,
  score: number | null,
): Promise<TrainingState> {
  const state = await learner.read();
  if (!state.parameters.every(Number.isFinite))
    throw new Error(
      `step ${step}: the parameters are not all numbers any more. Lower the learning rate, then resume from the last checkpoint.`,
    );
  await saveCheckpoint(run, step, { write: (to) => saveTraining(to, segments, state), score, keep });
  return state;
}

async function saveTraining(
  folder: string,
  segments: Segments,
  { parameters, average, optimizer }: TrainingState,
): Promise<void> {
  await saveFlat(join(folder, 'parameters.safetensors'), segments, parameters);
  if (average) await saveFlat(join(folder, 'average.safetensors'), segments, average);
  const state = Object.entries(optimizer).map(([name, flat]) => [name, float32Tensor([flat.length], flat)] as const);
  await writeSafetensors(join(folder, 'optimizer.safetensors'), new Map(state));
}

/** @param like a state of the same layout, which is read into */
async function loadTraining(folder: string, segments: Segments, like: TrainingState): Promise<TrainingState> {
  await loadFlat(join(folder, 'parameters.safetensors'), segments, like.parameters);
  if (like.average) await loadFlat(join(folder, 'average.safetensors'), segments, like.average);
  const { tensors } = await readSafetensors(join(folder, 'optimizer.safetensors'));
  for (const [name, flat] of Object.entries(like.optimizer)) {
    const saved = tensors.get(name);
    if (saved?.data.length !== flat.length)
      throw new Error(
        `${folder}: the optimiser's '${name}' has ${saved?.data.length ?? 'no'} numbers, the run needs ${flat.length}.`,
      );
    flat.set(toFloat32(saved));
  }
  return like;
}

type Segments = ParameterBuffer['segments'];

/** Writes a flat buffer as named tensors. */
export async function saveFlat(path: string, segments: Segments, flat: Float32Array): Promise<void> {
  const views = viewsOf(segments, flat);
  const tensors = segments.map(({ name, shape }) => [name, float32Tensor(shape, views[name] as Float32Array)] as const);
  await writeSafetensors(path, new Map(tensors));
}

/** Reads named tensors into a flat buffer; each must be there with its shape. */
export async function loadFlat(path: string, segments: Segments, flat: Float32Array): Promise<void> {
  const { tensors } = await readSafetensors(path);
  const views = viewsOf(segments, flat);
  for (const { name, shape } of segments) {
    const tensor = tensors.get(name);
    if (!tensor || tensor.shape.join() !== shape.join())
      throw new Error(
        `${path}: expected ${name} (${shape.join(', ')}), found ${tensor ? `(${tensor.shape.join(', ')})` : 'none'}.`,
      );
    views[name]?.set(toFloat32(tensor));
  }
}
