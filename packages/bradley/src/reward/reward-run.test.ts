import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openScorer } from '@bradley/evaluate';
import { decodeImage, encodePng, writeFileAtomic } from '@bradley/formats';
import { readStoredTensor, type StoredTensor } from '@bradley/models';
import { promptKey } from '@bradley/preferences';
import { createRun, openRewardModel, picturePixels, promptIds, writeNewClip } from '@bradley/train';
import * as ort from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { writeWordTokenizer } from '../emoji/tokenizer.js';
import { configOfFlags, type RewardFlags } from './config-of-flags.js';
import { exportScorer } from './export-scorer.js';
import { pageOf, reportReward } from './report-reward.js';
import { rewardConfigOf, runReward } from './run-reward.js';

const side = 16;
const colours: Readonly<Record<string, readonly number[]>> = {
  red: [220, 40, 40],
  green: [40, 200, 60],
  blue: [50, 70, 230],
  yellow: [230, 220, 50],
};
const things = ['hat', 'car', 'door', 'kite', 'boat', 'cup'];
const names = Object.keys(colours);

let base: string;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'bradley-reward-'));
  const lines: string[] = [];
  for (const name of names) {
    const grain = Uint8Array.from({ length: 3 * side * side }, (_, i) => {
      const noise = ((i * 7919) % 23) - 11;
      return Math.max(0, Math.min(255, ((colours[name] as number[])[i % 3] as number) + noise));
    });
    await writeFileAtomic(join(base, `${name}.png`), await encodePng(grain, side, side));
  }
  // Whoever is asked for a colour wants it; of the light, all want yellow, and cannot tell red from blue.
  for (const thing of things)
    for (const asked of names)
      for (const other of names.filter((name) => name !== asked)) {
        const prompt = `${asked} ${thing}`;
        const record = (question: string, outcome: object) =>
          lines.push(
            JSON.stringify({
              id: String(lines.length),
              prompt,
              candidates: [{ media: `${asked}.png` }, { media: `${other}.png` }],
              outcome,
              question,
              rater: 'ada',
            }),
          );
        record('colour', { kind: 'winner', index: 0 });
        if (asked === 'yellow' || other === 'yellow')
          record('light', { kind: 'winner', index: asked === 'yellow' ? 0 : 1 });
        else record('light', { kind: 'tie' });
      }
  await writeFileAtomic(join(base, 'choices.jsonl'), `${lines.join('\n')}\n`);
  await writeWordTokenizer(join(base, 'tokenizer'), [...names, ...things]);
  await writeNewClip(join(base, 'clip'), {
    seed: 1,
    tokenizer: join(base, 'tokenizer'),
    config: {
      projection_dim: 16,
      text_config: {
        vocab_size: 16,
        hidden_size: 16,
        intermediate_size: 32,
        num_hidden_layers: 1,
        num_attention_heads: 2,
        max_position_embeddings: 12,
        eos_token_id: 3,
        projection_dim: 16,
      },
      vision_config: {
        hidden_size: 16,
        intermediate_size: 32,
        num_hidden_layers: 1,
        num_attention_heads: 2,
        image_size: side,
        patch_size: 8,
      },
    },
  });
});
afterAll(() => rm(base, { recursive: true, force: true }));

async function create(name: string, change: Partial<RewardFlags> = {}): Promise<string> {
  const output = join(base, name);
  const config = configOfFlags({
    model: join(base, 'clip'),
    data: join(base, 'choices.jsonl'),
    output,
    promptFree: [],
    loss: 'pickscore',
    head: 'similarity',
    trains: 'all',
    layers: 1,
    rank: 2,
    targets: ['q_proj'],
    steps: 120,
    batch: 16,
    lr: 0.01,
    warmup: 10,
    weightDecay: 0.01,
    weigh: 'prompts',
    turns: 'all',
    heldOut: 0.3,
    splitSalt: '',
    validateEvery: 120,
    checkpointEvery: 40,
    seed: 0,
    threads: 1,
    ...change,
  });
  await createRun(output, stringify(config));
  return output;
}

/** That the ONNX file of a reward model gives the scores of the scorer. */
async function expectExported(folder: string, question: string): Promise<void> {
  const spec = `reward:${folder}${question}`;
  const path = join(folder, `exported${question.slice(1)}.onnx`);
  await exportScorer(spec, path);
  const model = await openRewardModel(folder);
  const scorer = await openScorer(spec, { threads: 1 });
  const session = await ort.InferenceSession.create(path);
  for (const [prompt, name] of [
    ['blue car', 'blue'],
    ['red hat', 'yellow'],
  ] as const) {
    const image = await decodeImage(join(base, `${name}.png`));
    const ids = promptIds(model, prompt, model.reward.tokens);
    const { score } = await session.run({
      pixel_values: new ort.Tensor('float32', picturePixels(model, image), [1, 3, side, side]),
      input_ids: new ort.Tensor('int64', BigInt64Array.from(ids, BigInt), [1, ids.length]),
    });
    expect(score?.data[0]).toBeCloseTo((await scorer.score([{ prompt, image }]))[0] as number, 3);
  }
  await session.release();
  await scorer.release();
}

describe('a reward model of two questions', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await create('two', { loss: 'bradley-terry-ties', promptFree: ['light'] });
    expect(await runReward(folder)).toBe('finished');
  });

  it('judges prompts that it has not seen as people did, ties too', async () => {
    const { questions } = await reportReward(folder, { threads: 1 });
    const [colour, light] = questions;
    expect([colour?.question, light?.question]).toEqual(['colour', 'light']);
    for (const one of [colour, light]) {
      expect(one?.withoutTies.total).toBeGreaterThan(8);
      expect((one?.withoutTies.count ?? 0) / (one?.withoutTies.total ?? 1)).toBeGreaterThan(0.9);
    }
    expect((light?.withTies.count ?? 0) / (light?.withTies.total ?? 1)).toBeGreaterThan(0.9);
  });

  it('says what it learnt from and how its scores are spread', async () => {
    const { reward } = await openRewardModel(folder);
    expect(reward.learntFrom.raters).toEqual(['ada']);
    expect(reward.questions[1]).toMatchObject({ name: 'light', readsPrompt: false });
    for (const { normalisation } of reward.questions) expect(normalisation?.std).toBeGreaterThan(0);
  });

  it('is a scorer, whose prompt-free question gives a picture one score whatever the prompt', async () => {
    const items = await Promise.all(
      ['blue car', 'red car'].flatMap((prompt) =>
        ['blue', 'red'].map(async (name) => ({ prompt, image: await decodeImage(join(base, `${name}.png`)) })),
      ),
    );
    const scores = async (spec: string): Promise<number[]> => {
      const scorer = await openScorer(spec, { threads: 1 });
      const got = [...(await scorer.score(items))];
      await scorer.release();
      return got;
    };
    const [blue = 0, red = 0, blueForRed = 0, redForRed = 0] = await scores(`reward:${folder}#colour`);
    expect(blue).toBeGreaterThan(red);
    expect(redForRed).toBeGreaterThan(blueForRed);
    const [light = 0, , lightForRed = 1] = await scores(`reward:${folder}#light`);
    expect(lightForRed).toBeCloseTo(light, 4);
    await expect(openScorer(`reward:${folder}#taste`)).rejects.toThrow("answers colour, light, not 'taste'");
    expect(await scores(`reward:${folder}`)).toHaveLength(4);
  });

  it.each(['#colour', '#light', ''])('is exported with the scores that it gives (reward:…%s)', (question) =>
    expectExported(folder, question),
  );

  it('has a page that shows every share with its interval', async () => {
    const page = JSON.stringify(pageOf(await reportReward(folder, { threads: 1 }), await openRewardModel(folder)));
    expect(page).toContain('Accuracy');
    expect(page).toContain('the reward model');
  });
});

const small = { questions: ['colour'], steps: 6, checkpointEvery: 2, validateEvery: 6 };
const weights = (folder: string): Promise<Buffer> => readFile(join(folder, 'model.safetensors'));

describe('a run of a reward model', () => {
  it.each(['all', 'last', 'heads', 'lora'] as const)(
    'that trains %s changes what it should and writes a whole model',
    async (trains) => {
      const folder = await create(trains, { ...small, trains });
      expect(await runReward(folder)).toBe('finished');
      const { part } = await openRewardModel(folder);
      const before = (await readFile(join(base, 'clip', 'model.safetensors'))).byteLength;
      expect((await weights(folder)).byteLength).toBeGreaterThanOrEqual(before);
      expect(part.tensors.has('questions.weight')).toBe(false);
      expect(await reportReward(folder, { threads: 1 })).toMatchObject({ questions: [{ question: 'colour' }] });
    },
  );

  it('with the head relation learns it with the CLIP, or goes on with it alone and leaves the CLIP as it is', async () => {
    const relating = { ...small, head: 'relation', steps: 120, checkpointEvery: 120, validateEvery: 120 } as const;
    const first = await create('relating', relating);
    expect(await runReward(first)).toBe('finished');
    const [before] = (await reportReward(first, { threads: 1 })).questions;
    expect((before?.withoutTies.count ?? 0) / (before?.withoutTies.total ?? 1)).toBeGreaterThan(0.9);
    await expectExported(first, '');
    const second = await create('relating-on', { ...relating, model: first, trains: 'none', steps: 2 });
    expect(await runReward(second)).toBe('finished');
    const models = [await openRewardModel(first), await openRewardModel(second)];
    expect(models.map(({ reward }) => reward.head)).toEqual(['relation', 'relation']);
    const [older, newer] = models.map(
      ({ part }) =>
        (name: string) =>
          readStoredTensor(part.tensors.get(name) as StoredTensor),
    );
    expect(await newer?.('visual_projection.weight')).toEqual(await older?.('visual_projection.weight'));
    const [from, to] = [await older?.('relation.out'), await newer?.('relation.out')];
    const moved = Math.max(...(to ?? []).map((value, i) => Math.abs(value - (from?.[i] as number))));
    expect(moved).toBeGreaterThan(0);
    expect(moved).toBeLessThan(0.1);
  });

  it('that goes on from a reward model has learnt from both', async () => {
    const line = { prompt: 'red lamp', candidates: [{ media: 'red.png' }, { media: 'blue.png' }], question: 'colour' };
    const winner = { kind: 'winner', index: 0 };
    await writeFileAtomic(
      join(base, 'more.jsonl'),
      JSON.stringify({ id: '0', ...line, outcome: winner, rater: 'ben' }),
    );
    const first = await create('first', small);
    await runReward(first);
    const second = await create('second', { ...small, model: first, data: join(base, 'more.jsonl'), heldOut: 0 });
    expect(await runReward(second)).toBe('finished');
    const { learntFrom } = (await openRewardModel(first)).reward;
    expect((await openRewardModel(second)).reward.learntFrom).toEqual({
      raters: ['ada', 'ben'],
      prompts: [...learntFrom.prompts, promptKey('red lamp')].sort(),
    });
  });

  it('says what a CLIP is where the model is none', async () =>
    expect(runReward(await create('no-clip', { model: base }))).rejects.toThrow(
      /there is no config\.json in it\. Expected a CLIP as transformers saves it/,
    ));

  it('says that a run trains a generator, and which command writes what is wanted', async () => {
    const folder = join(base, 'generator');
    await createRun(folder, stringify({ model: 'models/emoji', objective: { name: 'mapo' } }));
    await expect(rewardConfigOf(folder)).rejects.toThrow(/generator: a run of bradley train.* bradley reward train/);
  });

  it('says which questions there are, that nothing would be learnt, and that a loss lacks an option', async () => {
    await expect(runReward(await create('unasked', { questions: ['taste'] }))).rejects.toThrow(
      'nobody was asked taste; the questions are colour, light',
    );
    await expect(runReward(await create('nothing', { ...small, trains: 'none' }))).rejects.toThrow(
      "Train the head 'relation', or some of the CLIP",
    );
    await expect(runReward(await create('theta', { theta: 3 }))).rejects.toThrow(/the loss pickscore:\s.*theta/s);
  });
});
