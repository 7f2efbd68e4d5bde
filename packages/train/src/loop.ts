import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { float32Tensor, readSafetensors, toFloat32, writeSafetensors } from '@bradley/formats';
import type { HostData } from '@bradley/runtime';
import { clipFactor, globalNorm } from './clip.js';
import { type EmaOptions, emaDecay, updateAverage } from './ema.js';
import { learningRateFactor, type ScheduleName } from './learning-rate.js';
import type { Optimizer } from './optimizers/optimizer.js';
import { type ParameterBuffer, viewsOf } from './parameter-buffer.js';
import { readControl } from './run-folder/control.js';
import { appendMetrics, type Json } from './run-folder/metrics.js';
import { type OpenRun, saveCheckpoint, updateState } from './run-folder/run-folder.js';
import type { CompiledStep } from './step/compiled-step.js';

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
  readonly step: CompiledStep;
  readonly parameters: ParameterBuffer;
  readonly optimizer: Optimizer;
  /** The feeds of one micro-batch, counted from 0: a function of its number alone, so that a resumed run sees the same. */
  readonly batch: (number: number) => Promise<Readonly<Record<string, HostData>>>;
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
  /** Validation, asked after every step: may append to the metrics. What it gives is the score of a checkpoint of that step. */
  readonly validate?: (step: number, parameters: ParameterBuffer) => Promise<number | null>;
}

/** The state of training that a checkpoint holds: parameters, optimiser, and the average of the parameters if kept. */
export interface TrainingState {
  readonly average: Float32Array | null;
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
  const { parameters, optimizer } = job;
  const average = plan.ema ? new Float32Array(parameters.values) : null;
  const start = run.resume ? run.resume.manifest.step : 0;
  if (run.resume) await loadTraining(run.resume.path, parameters, optimizer, average);
  const gradients = new Float32Array(parameters.values.length);

  let score: number | null = null; // of the parameters as they are
  for (let done = start; done < plan.steps; done++) {
    if ((await obeyControl(run)) === 'stop') {
      await checkpoint(run, job, plan, done, average, score);
      return { status: 'stopped', average };
    }
    const began = performance.now();
    gradients.fill(0);
    const metrics: Record<string, number> = {};
    for (let micro = 0; micro < plan.accumulate; micro++) {
      const feeds = await job.batch(done * plan.accumulate + micro);
      const values = await job.step.run(parameters, feeds, gradients);
      for (const [name, value] of Object.entries(values))
        metrics[name] = (metrics[name] ?? 0) + value / plan.accumulate;
    }
    const step = done + 1;
    const gradientNorm = globalNorm(gradients, 1 / plan.accumulate);
    const learningRate =
      plan.learningRate * learningRateFactor(plan.schedule, done, { warmup: plan.warmup, total: plan.steps });
    const inspected = { ...metrics, ...job.inspect?.(step, { ...metrics, gradientNorm }) };
    const computed = performance.now();
    // Only now that the parameters have given a good loss: a run that diverged has no checkpoint of it.
    if (done > start && done % plan.checkpointEvery === 0) await checkpoint(run, job, plan, done, average, score);
    const waited = performance.now() - computed;
    const clip = plan.maxNorm === null ? 1 : clipFactor(gradientNorm, plan.maxNorm);
    optimizer.update(parameters.values, gradients, { step, learningRate, gradientScale: clip / plan.accumulate });
    if (average && plan.ema) updateAverage(average, parameters.values, emaDecay(step, plan.ema));
    const seconds = (performance.now() - began - waited) / 1000;
    const examplesPerSecond = job.examplesPerStep / seconds;
    const rates = { gradientNorm, learningRate, seconds, examplesPerSecond, at: new Date().toISOString() };
    await appendMetrics(run.metrics, { step, ...inspected, ...rates });
    score = (await job.validate?.(step, parameters)) ?? null;
  }
  await checkpoint(run, job, plan, plan.steps, average, score);
  return { status: 'finished', average };
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
  { parameters, optimizer }: Job,
  { keep }: Plan,
  step: number,
  average: Float32Array | null,
  score: number | null,
): Promise<void> {
  if (!parameters.values.every(Number.isFinite))
    throw new Error(
      `step ${step}: the parameters are not all numbers any more. Lower the learning rate, then resume from the last checkpoint.`,
    );
  await saveCheckpoint(run, step, { write: (to) => saveTraining(to, parameters, optimizer, average), score, keep });
}

async function saveTraining(
  folder: string,
  { segments, values }: ParameterBuffer,
  optimizer: Optimizer,
  average: Float32Array | null,
): Promise<void> {
  await saveFlat(join(folder, 'parameters.safetensors'), segments, values);
  if (average) await saveFlat(join(folder, 'average.safetensors'), segments, average);
  const state = Object.entries(optimizer.state).map(
    ([name, flat]) => [name, float32Tensor([flat.length], flat)] as const,
  );
  await writeSafetensors(join(folder, 'optimizer.safetensors'), new Map(state));
}

async function loadTraining(
  folder: string,
  { segments, values }: ParameterBuffer,
  optimizer: Optimizer,
  average: Float32Array | null,
): Promise<void> {
  await loadFlat(join(folder, 'parameters.safetensors'), segments, values);
  if (average) await loadFlat(join(folder, 'average.safetensors'), segments, average);
  const { tensors } = await readSafetensors(join(folder, 'optimizer.safetensors'));
  for (const [name, flat] of Object.entries(optimizer.state)) {
    const saved = tensors.get(name);
    if (saved?.data.length !== flat.length)
      throw new Error(
        `${folder}: the optimiser's '${name}' has ${saved?.data.length ?? 'no'} numbers, the run needs ${flat.length}.`,
      );
    flat.set(toFloat32(saved));
  }
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
