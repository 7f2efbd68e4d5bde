import { objectives } from '@bradley/objectives';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { formatRunConfig } from './format-run-config.js';
import { ConfigError, loadRunConfig, type Overrides, parseRunConfig } from './load-run-config.js';

const optimizers = {
  adamw: {
    options: z.object({
      betas: z.tuple([z.number(), z.number()]).default([0.9, 0.999]),
      weightDecay: z.number().default(0.01).describe('decay of the weights'),
    }),
  },
  sgd: { options: z.object({ momentum: z.number().default(0.9).describe('share of the last update kept') }) },
};
const tables = { objectives, optimizers };

const parse = (text: string, overrides: Overrides = {}) => parseRunConfig(text, 'run.yaml', overrides, tables);

/** The lines of the error's message. */
function problems(text: string, overrides: Overrides = {}): string[] {
  try {
    parse(text, overrides);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message.split('\n').slice(1);
  }
  throw new Error('the config was accepted');
}

const smallest = `model: models/emoji
data:
  path: comparisons
objective:
  name: diffusion-dpo
train:
  steps: 100
output: runs/first
`;

describe('a run file', () => {
  it('says what cannot be guessed, and the rest has defaults', () => {
    const config = parse(smallest);
    expect(config.objective).toEqual({ name: 'diffusion-dpo', beta: 5000, loss: 'sigmoid', anchor: 0 });
    expect(config.adapter).toEqual({
      kind: 'lora',
      rank: 8,
      alpha: 8,
      targets: ['to_q', 'to_k', 'to_v', 'to_out.0'],
      seed: 0,
    });
    expect(config.optimizer).toMatchObject({ name: 'adamw', lr: 1e-4, betas: [0.9, 0.999] });
    expect(config.train).toMatchObject({ batch: 1, clip: 1, ema: null, guards: { winnerLikelihood: 'warn' } });
    expect(config.validate).toMatchObject({ every: null, guidance: 5 });
  });

  it('has all its problems told at once, with field, line, expected and found', () => {
    const text = `model: 7
data:
  path: comparisons
  heldout: 0.1
objective:
  name: diffusion-dop
optimizer:
  lr: fast
  betas: [0.9]
train:
  steps: 1.5
  guards:
    winnerLikelihood: warm
validate:
  seeds: [0, x]
`;
    expect(problems(text)).toEqual([
      '  model (line 1): expected text, found 7',
      '  data.heldout (line 4): there is no such name; did you mean heldOut?',
      '  objective.name (line 6): expected one of diffusion-dpo, mapo, mapo-v2, rank-dpo, sft, weighted-sft, found "diffusion-dop"; did you mean diffusion-dpo?',
      '  optimizer.lr (line 8): expected a number, found "fast"',
      '  optimizer.betas (line 9): expected a list of at least 2 items, found [0.9]',
      '  train.steps (line 11): expected a whole number, found 1.5',
      '  train.guards.winnerLikelihood (line 13): expected one of warn, stop, off, found "warm"; did you mean warn?',
      '  validate.seeds.1 (line 15): expected a number, found "x"',
      '  output (--output): missing, expected text',
    ]);
  });

  it('that says nothing is told each thing that it must say, with its flag', () => {
    expect(problems('')).toEqual([
      '  model (--model): missing, expected text',
      '  data.path (--data): missing, expected text',
      '  objective.name (--objective): missing, expected one of diffusion-dpo, mapo, mapo-v2, rank-dpo, sft, weighted-sft',
      '  train.steps (--steps): missing, expected a whole number',
      '  output (--output): missing, expected text',
    ]);
  });

  it('has the options of its own objective only', () => {
    expect(problems(smallest.replace('name: diffusion-dpo', 'name: mapo\n  anchor: 1'))).toEqual([
      '  objective.anchor (line 6): there is no such name; the names here are name, beta, snrValue, timesteps',
    ]);
  });

  it('may not ask for more threads than a machine has', () => {
    expect(problems(smallest, { 'train.threads': 9999 })).toEqual([
      '  train.threads (from --train.threads): expected a number at most 512, found 9999',
    ]);
  });

  it('is told where it is not YAML', () => {
    expect(problems('model: [a\ndata: b\n')[0]).toMatch(/^ {2}line \d: /);
    expect(problems('model: a\nmodel: b\n')[0]).toMatch(/line 2: .*unique/);
  });

  it('that is not a mapping, or not there, is refused by name', async () => {
    expect(problems('- a\n')).toEqual(['  the whole file: expected named values, found ["a"]']);
    await expect(loadRunConfig('nowhere.yaml', {}, tables)).rejects.toThrow('nowhere.yaml: there is no such file');
  });
});

describe('overrides', () => {
  it('stand over the file, and over no file at all', async () => {
    expect(parse(smallest, { 'train.steps': 200, 'train.ema.decay': 0.99 }).train).toMatchObject({
      steps: 200,
      ema: { decay: 0.99, minDecay: 0, warmup: null },
    });
    const all = { model: 'm', 'data.path': 'd', 'objective.name': 'sft', 'train.steps': 1, output: 'o' };
    expect((await loadRunConfig(null, all, tables)).objective.name).toBe('sft');
  });

  it('are named as flags when they are wrong', () => {
    expect(problems(smallest, { 'train.steps': 'many', 'train.stpes': 3 })).toEqual([
      '  train.steps (from --train.steps): expected a number, found "many"',
      '  train.stpes (from --train.stpes): there is no such name; did you mean steps?',
    ]);
  });

  it("of what a section is leave out the file's options of the old one", () => {
    const file = smallest.replace('name: diffusion-dpo', 'name: diffusion-dpo\n  beta: 2000');
    expect(parse(file, { 'objective.name': 'mapo' }).objective).toMatchObject({ name: 'mapo', beta: 0.1 });
    expect(parse(file, { 'objective.name': 'diffusion-dpo' }).objective).toMatchObject({ beta: 2000 });
    expect(parse(file, { 'objective.beta': 7, 'objective.name': 'mapo' }).objective).toMatchObject({ beta: 7 });
  });
});

describe('formatRunConfig', () => {
  it('writes what parseRunConfig reads', () =>
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(objectives)),
        fc.constantFrom('adamw', 'sgd'),
        fc.constantFrom('lora', 'full'),
        fc.string({ minLength: 1 }),
        fc.array(fc.string({ minLength: 1 })),
        (objective, optimizer, kind, path, prompts) => {
          const config = parse(smallest, {
            'objective.name': objective,
            'optimizer.name': optimizer,
            'adapter.kind': kind,
            'data.path': path,
            'validate.prompts': prompts,
          });
          expect(parse(formatRunConfig(config, tables))).toEqual(config);
        },
      ),
      { numRuns: 50 },
    ));

  it('says of each field what it means, and of a union what is chosen', () => {
    const text = formatRunConfig(parse(smallest, { 'optimizer.name': 'sgd' }), tables);
    expect(text).toContain('  rank: 8 # rank of the update of each layer\n');
    expect(text).toContain('  momentum: 0.9 # share of the last update kept\n');
    expect(text).toContain('  targets: [to_q, to_k, to_v, to_out.0] # layers that get one');
  });
});
