import { readStoredTensor, type Scoring } from '@bradley/models';
import type { ScoreObjective } from '@bradley/objectives';
import type { Candidate } from '@bradley/preferences';
import { fit, type Job, type Plan, type Validation } from '../loop.js';
import { openLearner } from '../open-learner.js';
import type { OptimizerName } from '../optimizers/index.js';
import { initialise, parameterBuffer, type Segment, viewsOf } from '../parameter-buffer.js';
import { type GuardOptions, guards } from '../preference/guards.js';
import { readRecords } from '../run-folder/metrics.js';
import type { OpenRun } from '../run-folder/run-folder.js';
import { type RewardBatchSettings, rewardBatches } from './reward-batches.js';
import { rewardLoss } from './reward-graph.js';
import { openJudge, type RewardJudge } from './reward-judge.js';
import { type ClipFolder, promptIds } from './reward-model.js';
import type { RewardRow } from './rows.js';
import { type Trains, trainingStore } from './what-trains.js';

/** Everything about the training of a reward model but its data. */
export interface RewardSettings extends RewardBatchSettings, Scoring {
  readonly objective: ScoreObjective;
  readonly objectiveOptions: Readonly<Record<string, unknown>>;
  readonly trains: Trains;
  /** Tokens of a prompt, padding included. */
  readonly tokens: number;
  readonly optimizer: OptimizerName;
  readonly optimizerOptions: Readonly<Record<string, unknown>>;
  readonly plan: Plan;
  readonly guards: GuardOptions;
  readonly threads?: number;
}

export interface RewardTraining {
  readonly status: 'finished' | 'stopped';
  readonly segments: readonly Segment[];
  /** What was trained, by name: the average where one is kept. */
  readonly weights: Readonly<Record<string, Float32Array>>;
}

/** Scores what is held out with the weights of a step; see `Validation`. */
export interface RewardValidation {
  due(step: number): boolean;
  run(step: number, judge: RewardJudge, weights: Readonly<Record<string, Float32Array>>): Promise<number | null>;
}

/**
 * Trains a reward model on rows in an open run folder, from its newest checkpoint if it has one.
 *
 * @param pixels (3, S, S) of a picture, as the vision tower takes it
 * @throws GuardError when training went wrong; the last checkpoint is good
 */
export async function trainReward(
  run: OpenRun,
  clip: ClipFolder,
  rows: readonly RewardRow[],
  settings: RewardSettings,
  pixels: (candidate: Candidate) => Promise<Float32Array>,
  validation: RewardValidation | null = null,
): Promise<RewardTraining> {
  const { batch, tokens, questions, head, objective, objectiveOptions: options, threads, plan } = settings;
  const { config, tensors } = clip.part;
  const store = trainingStore(clip.part, settings.trains);
  const lossGraph = rewardLoss(store, config, { questions, head }, { batch, tokens }, { objective, options });
  const trained = lossGraph.trainables.map(({ name }) => name);
  requireTargets(settings.trains, trained);
  requireLearning(trained);
  const parameters = parameterBuffer(lossGraph.trainables);
  initialise(parameters, lossGraph.trainables, settings.seed);
  for (const { name } of parameters.segments) {
    const stored = tensors.get(name);
    if (stored) parameters.views[name]?.set(await readStoredTensor(stored));
  }
  const sessionOptions = threads ? { threads } : {};
  const learner = await openLearner(lossGraph, parameters, {
    optimizer: settings.optimizer,
    optimizerOptions: settings.optimizerOptions,
    average: plan.ema !== null,
    ...sessionOptions,
  });
  const judge = validation && (await openJudge(clip, store, { questions, head, tokens }, sessionOptions));
  const validates: Validation | null = validation &&
    judge && {
      due: validation.due,
      async run(step, weights) {
        const score = await validation.run(step, judge, weights);
        await judge.suspend();
        return score;
      },
    };
  const ids = new Map<string, number[]>();
  const idsOf = (prompt: string): number[] => {
    const known = ids.get(prompt) ?? promptIds(clip, prompt, tokens);
    ids.set(prompt, known);
    return known;
  };
  try {
    const job: Job = {
      learner,
      parameters,
      batch: rewardBatches(rows, settings, { pixels, ids: idsOf, side: config.vision_config.image_size }),
      examplesPerStep: batch * plan.accumulate,
      inspect: guards(settings.guards, await readRecords(run.metrics)),
      ...(validates ? { validation: validates } : {}),
    };
    const { status, average } = await fit(run, job, plan);
    const { segments } = parameters;
    return { status, segments, weights: viewsOf(segments, average ?? parameters.values) };
  } finally {
    await learner.release();
    await judge?.release();
  }
}

/** The temperature alone changes no order of two pictures. */
function requireLearning(names: readonly string[]): void {
  if (names.some((name) => name !== 'logit_scale')) return;
  throw new RangeError(
    "trains: of a similarity to one question nothing but the temperature is left to learn. Train the head 'relation', or some of the CLIP.",
  );
}

/** A misspelt target would be left out silently. */
function requireTargets(trains: Trains, names: readonly string[]): void {
  if (trains.kind !== 'lora') return;
  const unmatched = trains.targets.filter((target) => !names.some((name) => name.endsWith(`.${target}.lora_A.weight`)));
  if (unmatched.length > 0)
    throw new RangeError(
      `targets: no linear layer of the model has a name that ends in ${unmatched.join(', ')}. ` +
        'Those of a CLIP are q_proj, k_proj, v_proj, out_proj, fc1, fc2, visual_projection and text_projection.',
    );
}
