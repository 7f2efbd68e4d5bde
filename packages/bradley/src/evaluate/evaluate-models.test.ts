import { cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openScorer } from '@bradley/evaluate';
import { createRun } from '@bradley/train';
import { beforeAll, describe, expect, it } from 'vitest';
import { formatRunConfig } from '../config/format-run-config.js';
import { writeLearntFrom } from '../run/learnt-from-file.js';
import { runTraining } from '../run/run-training.js';
import { tinyPrompts, tinyRun, tinyWorkplace } from '../run/tiny-model.test-support.js';
import { sampleImages } from '../sample-images.js';
import { tables } from '../tables.js';
import { type EvaluateOptions, evaluateModels } from './evaluate-models.js';
import { formatEvaluation } from './format-evaluation.js';
import { judgeOf } from './judges.js';

let base: string;
const at = (name: string) => join(base, name);
const drawing = { steps: 2, guidance: 2 };

beforeAll(async () => {
  base = await tinyWorkplace();
  const config = tinyRun(base, 'run', { 'train.steps': 4, 'train.checkpointEvery': 2 });
  await createRun(config.output, formatRunConfig(config, tables));
  await runTraining(config.output);
  const rows = [...tinyPrompts.slice(0, 2), 'crab', 'bus'].map((prompt, i) => ({
    prompt,
    category: i % 2 ? 'odd' : 'even',
  }));
  await writeFile(at('prompts.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'));
});

const evaluate = (output: string, more: Partial<EvaluateOptions> = {}) =>
  evaluateModels({
    model: at('model'),
    against: [at('run')],
    images: [],
    prompts: at('prompts.jsonl'),
    limit: null,
    leaveOutLearnt: false,
    seeds: [0, 1],
    judges: ['colourfulness', 'symmetry'],
    votes: null,
    chunk: null,
    output: at(output),
    pictures: null,
    draw: {
      ...drawing,
      sampler: null,
      height: null,
      width: null,
      batch: 3,
      frozenWeights: 'stored',
      device: 'cpu',
      threads: 1,
      fetch: {},
    },
    scorer: {},
    ...more,
  });

const picturesIn = async (output: string) => {
  const names = (await readdir(at(`${output}/pictures`), { recursive: true })).filter((name) => name.endsWith('.png'));
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(at(`${output}/pictures/${name}`))] as const)),
  );
};

describe('bradley evaluate', () => {
  it('draws, scores and judges, and says what learnt on the prompts', async () => {
    const notes: string[] = [];
    const { evaluation, results, report } = await evaluate('first', { onNote: (text) => notes.push(text), chunk: 4 });
    expect(evaluation).toMatchObject({ base: 'model', design: { prompts: 4, seeds: 2, duels: 8 } });
    expect(evaluation.judges.map(({ judge, primary }) => [judge.name, primary])).toEqual([
      ['colourfulness', true],
      ['symmetry', false],
    ]);
    const [found] = evaluation.judges[0]?.comparisons ?? [];
    expect(found?.contestant).toBe('run');
    expect(found?.independence).toEqual({
      objections: [{ kind: 'not held out from the contestant', detail: '2 of 4 prompts' }],
      unknown: ['raters without a name'],
    });
    expect(found?.byCategory.map(({ category, duels }) => [category, duels])).toEqual([
      ['even', 4],
      ['odd', 4],
    ]);
    expect(evaluation.diversity?.of).toHaveLength(2);
    expect(notes.join()).toMatch(/4 prompts × 2 seeds = 8 duels/);
    const written = JSON.parse(await readFile(results, 'utf8'));
    expect(written.cases).toHaveLength(8);
    expect(Object.keys(written.cases[0].scores)).toEqual(['colourfulness', 'symmetry']);
    expect(await readFile(report, 'utf8')).toContain('crab');
    expect(formatEvaluation(evaluation)).toMatch(/colourfulness \(primary\).*won\/tied\/lost/);
  });

  it('goes on where it was stopped, to the same bytes and figures', async () => {
    const before = await picturesIn('first');
    expect(before.size).toBe(16);
    const results = await readFile(at('first/results.json'), 'utf8');
    const [some] = [...before.keys()];
    await rm(at(`first/pictures/${some}`));
    const statuses: string[] = [];
    await evaluate('first', { onProgress: (what) => statuses.push(what), chunk: 4 });
    expect(await picturesIn('first')).toEqual(before);
    expect(await readFile(at('first/results.json'), 'utf8')).toBe(results);
    expect(statuses.filter((text) => /drawn/.test(text))).toHaveLength(3); // one begins with all but a batch, draws it; the other has all
  });

  it('leaves prompts out that were learnt from, where it is asked to', async () => {
    const { evaluation } = await evaluate('fresh', { leaveOutLearnt: true });
    expect(evaluation.design.prompts).toBe(2);
    expect(evaluation.judges[0]?.comparisons[0]?.independence.objections).toEqual([]);
  });

  it('compares two LoRAs with each other, and not with the model', async () => {
    const { evaluation } = await evaluate('two', {
      base: at('run'),
      against: [`${at('run')}/pytorch_lora_weights.safetensors:0`],
    });
    expect(evaluation.contestants.map(({ name }) => name)).toEqual(['run', 'run × 0']);
    expect(evaluation.base).toBe('run');
    await expect(evaluate('many', { base: at('run/checkpoints') })).rejects.toThrow(/--base: .* is 2 contestants/);
  });

  it('counts what the model under a LoRA had learnt against a base of another model, and not against its own', async () => {
    await cp(at('model'), at('taught'), { recursive: true });
    const judge = judgeOf(await openScorer('colourfulness'));
    await writeLearntFrom(at('taught'), { raters: [...judge.raters], prompts: [] });
    const against = async (other: string | null) => {
      const few = { limit: 1, seeds: [0], judges: ['colourfulness'], base: other, model: at('taught') };
      const { evaluation } = await evaluate(`over-${other === null ? 'its-own' : 'another'}`, few);
      return evaluation.judges[0]?.comparisons[0]?.independence.objections.map(({ kind }) => kind);
    };
    expect(await against(null)).not.toContain('judge was the teacher');
    expect(await against(at('model'))).toContain('judge was the teacher');
  });

  it('compares every checkpoint of a run', async () => {
    const { evaluation } = await evaluate('along', {
      against: [at('run/checkpoints')],
      judges: ['symmetry'],
      seeds: [0],
    });
    expect(evaluation.contestants.map(({ name, step }) => [name, step])).toEqual([
      ['model', undefined],
      ['run step 2', 2],
      ['run step 4', 4],
    ]);
    expect(evaluation.judges[0]?.leaderboard).toHaveLength(3);
    expect(evaluation.diversity).toBeNull();
  });

  it('compares folders of pictures, which here are those that it would draw itself', async () => {
    const sample = { model: at('model'), prompts: ['crab', 'bus'], seeds: [0, 1], ...drawing, threads: 1 };
    await sampleImages({ ...sample, output: at('a') });
    await sampleImages({ ...sample, output: at('b'), seeds: [0] });
    const images = [at('a'), at('a')];
    const { evaluation } = await evaluate('folders', { model: null, against: [], prompts: null, images });
    expect(evaluation.judges[0]?.comparisons[0]).toMatchObject({
      contestant: 'a (2)',
      winRate: { ties: 4, duels: 4, rate: 0.5 },
      conclusion: { kind: 'not decided', unchecked: ['the contestant does not say what it learnt from'] },
    });
    await expect(
      evaluate('lacking', { model: null, against: [], prompts: null, images: [at('a'), at('b')] }),
    ).rejects.toThrow(/b has no picture of "crab" with seed 1, "bus" with seed 1\. Every contestant/);
    const few = await evaluate('few', { model: null, against: [], prompts: null, images, limit: 1 });
    expect(few.evaluation.design).toMatchObject({ prompts: 1, seeds: 2, duels: 2 });
    const drawn = await evaluate('drawn', { against: [], images: [at('a')], prompts: null });
    expect(drawn.evaluation.judges[0]?.comparisons[0]?.winRate?.ties).toBe(4);
  });

  it('takes the votes of people, and draws nothing for them', async () => {
    const vote = (i: number, index: number, models = [at('model'), `${at('model')} + run`]) => ({
      id: `v${i}`,
      prompt: `prompt ${i}`,
      candidates: models.map((name, side) => {
        const [model, adapter] = name.split(' + ');
        return { media: `${i}-${side}`, kind: 'text', model, ...(adapter ? { adapter } : {}) };
      }),
      outcome: { kind: 'winner', index },
      question: 'overall',
      rater: 'anna',
      at: '2026-01-01T00:00:00.000Z',
    });
    const votes = [...Array.from({ length: 30 }, (_, i) => vote(i, i % 10 ? 1 : 0)), vote(99, 0, ['noto', 'fluent'])];
    await writeFile(at('votes.jsonl'), votes.map((row) => JSON.stringify(row)).join('\n'));
    const notes: string[] = [];
    const { evaluation } = await evaluate('people', {
      judges: [],
      votes: at('votes.jsonl'),
      onNote: (text) => notes.push(text),
    });
    expect(evaluation.judges[0]).toMatchObject({
      judge: { name: 'people', kind: 'people', raters: ['anna'] },
      comparisons: [{ winRate: { wins: 27, losses: 3 }, conclusion: { kind: 'improvement', unchecked: [] } }],
    });
    const short = votes.map((row, i) => ({
      ...row,
      ...(i === 30 ? {} : vote(i, i % 10 ? 1 : 0, ['model', 'model + run'])),
    }));
    await writeFile(at('short.jsonl'), short.map((row) => JSON.stringify(row)).join('\n'));
    const called = await evaluate('short', { judges: [], votes: at('short.jsonl') });
    expect(called.evaluation.judges[0]?.comparisons[0]).toMatchObject({ winRate: { wins: 27, losses: 3 } });
    const within = vote(0, 1, [at('model'), at('model')]);
    await writeFile(at('within.jsonl'), JSON.stringify(within));
    await expect(evaluate('within', { judges: [], votes: at('within.jsonl') })).rejects.toThrow(
      /no comparison is of model and run\. Of its 1 comparisons all are between pictures of one of them/,
    );
    expect(notes.join()).toMatch(/left out, of others: noto \(1\), fluent \(1\)/);
    expect(await stat(at('people/pictures')).catch(() => null)).toBeNull();
    await writeFile(at('lost.jsonl'), `${JSON.stringify({ ...vote(0, 1), candidates: [] })}\n`);
    await expect(evaluate('lost', { judges: [], votes: at('lost.jsonl') })).rejects.toThrow(
      /1 rows were refused; bradley data check .*lost\.jsonl says why/,
    );
    await expect(evaluate('none', { model: at('a'), judges: [], votes: at('votes.jsonl') })).rejects.toThrow(
      /no comparison is of a and run.*It compares/,
    );
  });

  it('refuses a reward model where a generator is wanted, and says what it is good for', async () => {
    await mkdir(at('taste'));
    for (const file of ['run.yaml', 'reward.json', 'model.safetensors']) await writeFile(join(at('taste'), file), '');
    await expect(evaluate('reward', { against: [at('taste')] })).rejects.toThrow(/draws nothing\. .*--judge reward:/);
  });

  it.each<[string, Partial<EvaluateOptions>, RegExp]>([
    ['nobody to compare', { against: [] }, /at least two to compare/],
    ['nobody who judges', { judges: [] }, /nobody judges/],
    ['no prompts', { prompts: null }, /--prompts/],
    ['a contestant without a base', { model: null }, /--model/],
    ['a judge that is not there, before it draws', { judges: ['colorfulness'] }, /nearest name is colourfulness/],
    ['a folder without pictures', { images: ['.'] }, /images\.jsonl/],
  ])('refuses %s', async (_, options, reason) => {
    await expect(evaluate('refused', options)).rejects.toThrow(reason);
    expect(await stat(at('refused')).catch(() => null)).toBeNull();
  });
});
