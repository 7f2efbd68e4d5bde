import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { constant, graph, mul, sub, sum } from '@bradley/graph';
import {
  openRewardJudge,
  openRewardModel,
  picturePixels,
  promptIds,
  type RewardModel,
  rewardFile,
  rewardModelScores,
} from '@bradley/train';
import type { Scorer } from './scorer.js';
import type { ScorerKind } from './scorer-kind.js';
import { weightFingerprint } from './weight-fingerprint.js';

/** A model that `bradley reward train` has written, or one question of it: `reward:folder#question`. */
export const reward: ScorerKind = {
  summary:
    'a reward model that bradley reward train has written; of several questions, the sum of their normalised scores',
  argument: 'folder, or folder#question',
  async open(argument, { threads, batch = 16, onProgress }) {
    const [folder, question] = splitQuestion(argument);
    const model = await openRewardModel(folder);
    const asked = chosenQuestions(model, question, folder);
    const judge = await openRewardJudge(model, { batch, ...(threads ? { threads } : {}) });
    const scorer: Scorer = {
      name: question === null ? 'reward' : `reward#${question}`,
      identity: await identityOf(model, question),
      weights: await weightFingerprint([...model.part.tensors.values()].map(({ file }) => file)),
      readsPrompt: asked.some(({ readsPrompt }) => readsPrompt),
      learntFrom: model.reward.learntFrom,
      async score(items) {
        const scores = new Float64Array(items.length);
        for (let start = 0; start < items.length; start += batch) {
          const some = items.slice(start, start + batch).map(({ prompt, image }) => ({
            ids: promptIds(model, prompt, model.reward.tokens),
            pixels: picturePixels(model, image),
          }));
          (await judge.score(some)).forEach((row, i) => {
            scores[start + i] = asked.reduce((sum, { at, mean, std }) => sum + ((row[at] as number) - mean) / std, 0);
          });
          onProgress?.(Math.min(start + batch, items.length), items.length);
        }
        return scores;
      },
      release: () => judge.release(),
    };
    return scorer;
  },
  async graph(argument, { graphBatch = 1 }) {
    const [folder, question] = splitQuestion(argument);
    const model = await openRewardModel(folder);
    const asked = chosenQuestions(model, question, folder);
    const scales = new Float32Array(model.reward.questions.length); // of the questions that are not asked 0
    for (const { at, std } of asked) scales[at] = 1 / std;
    const middle = asked.reduce((total, { mean, std }) => total + mean / std, 0);
    const scaled = mul(rewardModelScores(model, graphBatch), constant(scales, [scales.length])); // (B, N)
    return graph({ score: sub(sum(scaled, [1]), middle) });
  },
};

/** The last # parts the folder from the question. */
function splitQuestion(argument: string): [folder: string, question: string | null] {
  const at = argument.lastIndexOf('#');
  return at === -1 ? [argument, null] : [argument.slice(0, at), argument.slice(at + 1)];
}

/** Questions by their place, with what makes their scores comparable: nothing is done to a single one. */
function chosenQuestions({ reward: { questions } }: RewardModel, question: string | null, folder: string) {
  const all = questions.map(({ name, readsPrompt, normalisation }, at) => ({ name, readsPrompt, normalisation, at }));
  const names = all.map(({ name }) => name).join(', ');
  if (question !== null) {
    const one = all.filter(({ name }) => name === question);
    if (one.length === 0)
      throw new RangeError(
        `${folder}: the reward model answers ${names}, not '${question}'. Write reward:${folder}#<question>.`,
      );
    return one.map((of) => ({ ...of, mean: 0, std: 1 }));
  }
  if (all.length === 1) return all.map((of) => ({ ...of, mean: 0, std: 1 }));
  return all.map((of) => {
    if (of.normalisation === null)
      throw new RangeError(
        `${folder}: its questions (${names}) cannot be summed: ${of.name} had nothing held out to be normalised by. Name one: reward:${folder}#${of.name}.`,
      );
    return { ...of, ...of.normalisation };
  });
}

async function identityOf({ path, part }: RewardModel, question: string | null): Promise<string> {
  const hash = createHash('sha256').update(`reward\0${question ?? ''}\0`);
  const weights = [...new Set([...part.tensors.values()].map(({ file }) => file))].sort();
  for (const file of [
    join(path, rewardFile),
    join(path, 'config.json'),
    join(path, 'preprocessor_config.json'),
    join(path, 'tokenizer.json'),
    ...weights,
  ])
    for await (const bytes of readable(file)) hash.update(bytes);
  return hash.digest('hex');
}

/** Nothing of a file that is not there: a tokenizer may lie in two others. */
async function* readable(file: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
