import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fitTemperature, tieAccuracy, wilson } from '@bradley/evaluate';
import { decodeImage } from '@bradley/formats';
import { rewardObjectiveNamed } from '@bradley/objectives';
import { type Candidate, joinLearntFrom, type LearntFrom } from '@bradley/preferences';
import {
  appendMetrics,
  type ClipFolder,
  inRun,
  type OpenRun,
  openClipFolder,
  openRewardJudge,
  openRewardModel,
  picturePixels,
  type RewardJson,
  type RewardSettings,
  type RewardValidation,
  readRunConfig,
  rewardFile,
  trainReward,
  writeRewardJson,
  writeRewardModel,
} from '@bradley/train';
import { parse } from 'yaml';
import { z } from 'zod';
import { judgedDifferences, type ScoredRow, scoreRows } from './judge-rows.js';
import { checkRewardLoss, type RewardConfig, rewardConfigSchema } from './reward-config.js';
import { loadRewardData, type RewardData, rememberedPixels } from './reward-data.js';

/** What a run's folder says that it trains. */
export async function rewardConfigOf(folder: string): Promise<RewardConfig> {
  const config: unknown = parse(await readRunConfig(folder));
  const parsed = rewardConfigSchema.safeParse(config);
  if (parsed.success) return parsed.data;
  if (typeof config === 'object' && config !== null && 'objective' in config)
    throw new Error(
      `${folder}: a run of bradley train, which trains a generator. Name a folder that bradley reward train has written.`,
    );
  throw new Error(`${join(folder, 'run.yaml')}: not the run of a reward model:\n${z.prettifyError(parsed.error)}`);
}

/**
 * Trains the reward model of a run folder to its end, or until it is asked to stop, and writes it there: config.json,
 * model.safetensors, the tokenizer and reward.json. A run that was killed goes on from its newest checkpoint.
 */
export async function runReward(folder: string): Promise<'finished' | 'stopped'> {
  const config = await rewardConfigOf(folder);
  return inRun(folder, config.steps, (run) => train(run, config));
}

async function train(run: OpenRun, config: RewardConfig): Promise<'finished' | 'stopped'> {
  const clip = await openClipFolder(config.model);
  const data = await loadRewardData(config);
  const step = run.resume?.manifest.step ?? 0;
  if (data.refused > 0)
    await appendMetrics(run.metrics, {
      step,
      message: `${data.refused} rows were refused: npx bradley data check ${config.data}`,
    });
  const settings = settingsOf(config, clip, data);
  const pixels = pixelsOf(clip, data);
  const { status, segments, weights } = await trainReward(
    run,
    clip,
    data.train,
    settings,
    pixels,
    validation(run, config, clip, data, settings, pixels),
  );
  if (status !== 'finished') return status;
  const trained = { trains: config.trains, segments, weights };
  const reward = rewardJson(config, { ...data, learntFrom: await learntSoFar(config.model, data) }, settings);
  await writeRewardModel(run.folder, clip, trained, reward);
  if (data.heldOut.length > 0) {
    // What was written is judged, not what was in memory.
    const model = await openRewardModel(run.folder);
    const judge = await openRewardJudge(model, config.threads ? { threads: config.threads } : {});
    const scored = await scoreRows(model, judge, data.heldOut, pixels, { tokens: settings.tokens });
    await judge.release();
    await writeRewardJson(run.folder, { ...reward, questions: calibrated(reward, scored) });
  }
  return status;
}

/** A reward model that is trained on keeps what it learnt before. */
async function learntSoFar(model: string, { learntFrom }: RewardData): Promise<LearntFrom> {
  const isReward = await stat(join(model, rewardFile)).catch(() => null);
  return isReward ? joinLearntFrom((await openRewardModel(model)).reward.learntFrom, learntFrom) : learntFrom;
}

/** Pictures as the model takes them, read once. */
export function pixelsOf(clip: ClipFolder, { source }: RewardData): (candidate: Candidate) => Promise<Float32Array> {
  return rememberedPixels(async (candidate) =>
    picturePixels(clip, await decodeImage(await source.loadMedia(candidate), { name: candidate.media })),
  );
}

function settingsOf(config: RewardConfig, clip: ClipFolder, { questions, train, heldOut }: RewardData): RewardSettings {
  const { head, batch, seed, weigh, turns, steps, ema } = config;
  const most = Math.min(
    clip.part.config.text_config.max_position_embeddings,
    clip.tokenizer.modelMaxLength ?? Number.POSITIVE_INFINITY,
  );
  // The text tower is causal: what stands after a prompt's end changes nothing, so that the longest prompt decides.
  const lengths = [...train, ...heldOut].map(({ prompt }) => clip.tokenizer.encode(prompt).ids.length);
  const loss = checkRewardLoss(config);
  return {
    questions,
    head,
    objective: rewardObjectiveNamed(loss.name),
    objectiveOptions: loss.options,
    trains: config.trains,
    tokens: lengths.reduce((longest, length) => Math.max(longest, Math.min(length, most)), 2),
    batch,
    seed,
    weigh,
    turns,
    optimizer: 'adamw',
    optimizerOptions: { betas: [0.9, 0.99], eps: 1e-8, weightDecay: config.weightDecay },
    guards: { winnerLikelihood: 'off', maxLoss: null },
    plan: {
      steps,
      accumulate: 1,
      maxNorm: 1,
      learningRate: config.lr,
      schedule: 'cosine',
      warmup: config.warmup,
      ema: ema === null ? null : { decay: ema },
      checkpointEvery: config.checkpointEvery,
      keep: 2,
    },
    ...(config.threads ? { threads: config.threads } : {}),
  };
}

/** Accuracy on what is held out, with its count and interval, as a record of the metrics and as the checkpoint's score. */
function validation(
  run: OpenRun,
  { validateEvery, steps }: RewardConfig,
  clip: ClipFolder,
  { heldOut, questions }: RewardData,
  { tokens }: RewardSettings,
  pixels: (candidate: Candidate) => Promise<Float32Array>,
): RewardValidation | null {
  if (validateEvery === null || heldOut.length === 0) return null;
  return {
    due: (step) => step > 0 && (step % validateEvery === 0 || step === steps),
    async run(step, judge, weights) {
      const scored = await scoreRows(clip, judge, heldOut, pixels, { tokens, weights });
      const { count, total } = questions
        .map((_, q) => tieAccuracy(judgedDifferences(scored, q)).withoutTies)
        .reduce((sum, one) => ({ count: sum.count + one.count, total: sum.total + one.total }));
      if (total === 0) return null;
      const { low, high } = wilson({ count, total });
      const accuracy = count / total;
      await appendMetrics(run.metrics, {
        step,
        heldOutAccuracy: accuracy,
        heldOutAccuracyLow: low,
        heldOutAccuracyHigh: high,
        heldOutPairs: total,
      });
      return accuracy;
    },
  };
}

function rewardJson(
  config: RewardConfig,
  { questions, train, heldOut, learntFrom }: RewardData,
  { tokens }: RewardSettings,
): RewardJson {
  const { model, data, loss: _, head, output, ...how } = config;
  return {
    format: 'bradley-reward-1',
    questions: questions.map((question) => ({
      ...question,
      normalisation: null,
      temperature: null,
      tieThreshold: null,
    })),
    head,
    loss: checkRewardLoss(config),
    tokens,
    learntFrom,
    trained: { ...how, trainingPairs: train.length, validationPairs: heldOut.length },
  };
}

function calibrated({ questions }: RewardJson, scored: readonly ScoredRow[]): RewardJson['questions'] {
  return questions.map((question, q) => {
    const asked = scored.filter(({ row }) => row.judgements[q]);
    const scores = asked.flatMap(({ a, b }) => [a[q] as number, b[q] as number]);
    const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
    const std = Math.sqrt(scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / scores.length);
    const judged = judgedDifferences(asked, q);
    return {
      ...question,
      normalisation: std > 0 ? { mean, std } : null,
      temperature: fitTemperature(judged),
      tieThreshold: tieAccuracy(judged).threshold,
    };
  });
}
