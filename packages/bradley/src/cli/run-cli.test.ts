import { objectives } from '@bradley/objectives';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loadRunConfig } from '../config/load-run-config.js';
import { runConfigAliases, runConfigSchema } from '../config/run-config.js';
import { command } from './command.js';
import type { CommandTable } from './program.js';
import { runCli } from './run-cli.js';

const tables = {
  objectives,
  optimizers: {
    adamw: {
      options: z.object({
        betas: z.tuple([z.number(), z.number()]).default([0.9, 0.999]),
        amsgrad: z.boolean().default(false),
      }),
    },
    sgd: { options: z.object({ momentum: z.number().default(0.9) }) },
  },
};

let seen: unknown;
const table: CommandTable = {
  groups: { data: 'Look into comparisons.' },
  commands: {
    'data count': command({
      summary: 'Count comparisons.',
      example: 'data count pairs/ --reward pickscore',
      positional: ['path'],
      options: z.object({
        path: z.string().min(1).describe('folder of comparisons'),
        reward: z.enum(['pickscore', 'hpsv2']).default('pickscore').describe('reward model'),
        maxRows: z.int().positive().default(10).describe('rows to read'),
        tags: z.array(z.string()).default([]).describe('tags to keep'),
        mirror: z.boolean().default(false).describe('mirror images'),
        cache: z.boolean().default(true).describe('keep a cache'),
      }),
      async run(options, out) {
        seen = options;
        out.row({ path: options.path, rows: 3 });
      },
    }),
    train: command({
      summary: 'Train.',
      example: 'train run.yaml --steps 200',
      positional: ['file'],
      options: z.object({ file: z.string().optional().describe('run file') }),
      overrides: { schema: runConfigSchema(tables), aliases: runConfigAliases },
      async run({ file }, _out, overrides) {
        seen = overrides;
        await loadRunConfig(file ?? null, overrides, tables);
      },
    }),
    fail: command({
      summary: 'Fail.',
      example: 'fail',
      options: z.object({ how: z.enum(['throw', 'say']).default('throw').describe('in which way') }),
      async run({ how }) {
        if (how === 'say') return 'failed';
        throw new Error('the disk is full', { cause: new Error('ENOSPC') });
      },
    }),
  },
};

async function run(line: string) {
  seen = undefined;
  const written = { stdout: '', stderr: '' };
  const stream = (name: 'stdout' | 'stderr') => ({ columns: 100, write: (text: string) => (written[name] += text) });
  const streams = { stdout: stream('stdout'), stderr: stream('stderr') } as unknown as Parameters<typeof runCli>[2];
  const code = await runCli(line.split(' ').filter(Boolean), table, streams);
  return { code, ...written };
}

describe('a command', () => {
  it('is given its options by the schema: defaults, numbers, lists, switches', async () => {
    expect(await run('data count pairs')).toMatchObject({ code: 0, stdout: 'pairs\t3\n', stderr: '' });
    expect(seen).toEqual({ path: 'pairs', reward: 'pickscore', maxRows: 10, tags: [], mirror: false, cache: true });
    await run('data count --max-rows=5 pairs --tags a,b --tags c --mirror --no-cache --reward hpsv2');
    expect(seen).toEqual({
      path: 'pairs',
      reward: 'hpsv2',
      maxRows: 5,
      tags: ['a', 'b', 'c'],
      mirror: true,
      cache: false,
    });
    await run('data count pairs --maxRows 6 --no-mirror --cache');
    expect(seen).toMatchObject({ maxRows: 6, mirror: false, cache: true });
  });

  it('prints rows as JSON when asked', async () => {
    expect((await run('data count pairs --json')).stdout).toBe('{"path":"pairs","rows":3}\n');
  });

  it('has all that is wrong with its command line told at once', async () => {
    const { code, stderr } = await run('data count --max-rows -1 --reward pickscroe --mirorr --tags');
    expect(code).toBe(2);
    expect(stderr).toBe(
      `bradley data count: 
  --mirorr: there is no such option; did you mean --mirror?
  --tags: give it a value, <text,…>
  --reward: expected one of pickscore, hpsv2, found "pickscroe"; did you mean pickscore?
  --max-rows: expected a number above 0, found -1
bradley data count --help lists the options.
`,
    );
    expect(seen).toBeUndefined();
  });

  it('is told of arguments that are missing or too many', async () => {
    expect((await run('data count')).stderr).toContain('<path>: missing, expected text');
    expect((await run('data count a b c')).stderr).toContain('b c: one argument too many');
  });

  it('explains itself, with an example', async () => {
    const { code, stdout } = await run('data count --help');
    expect(code).toBe(0);
    expect(stdout).toMatchInlineSnapshot(`
      "Usage: bradley data count <path> [options]

      Count comparisons.

      Arguments:
        path                        folder of comparisons

      Options:
        --reward <pickscore|hpsv2>  reward model (default pickscore)
        --max-rows <integer>        rows to read (default 10)
        --tags <text,…>             tags to keep
        --mirror                    mirror images
        --no-cache                  do not keep a cache
        --json                      print results as JSON
        --verbose                   tell where an error comes from
        -h, --help                  show this

      Example:
        bradley data count pairs/ --reward pickscore
      "
    `);
  });
});

describe('the run file as flags', () => {
  it('reads each by its own type, by full and by short name', async () => {
    await run(
      'train run.yaml --steps 200 --objective.beta 2000 --optimizer.betas 0.8,0.9 --train.clip none --no-optimizer.amsgrad',
    );
    expect(seen).toEqual({
      'train.steps': 200,
      'objective.beta': 2000,
      'optimizer.betas': [0.8, 0.9],
      'train.clip': null,
      'optimizer.amsgrad': false,
    });
  });

  it('keeps prompts with commas whole', async () => {
    const stream = { write: () => true } as unknown as NodeJS.WriteStream;
    await runCli(['train', '--validate.prompts', 'a cat, sitting'], table, { stdout: stream, stderr: stream });
    expect(seen).toEqual({ 'validate.prompts': ['a cat, sitting'] });
  });

  it('tells of wrong values by their flags, before any file is read', async () => {
    const { code, stderr } = await run(
      'train nowhere.yaml --beta much --optimizer.name adm --objective mapoo --stpes 3',
    );
    expect(code).toBe(2);
    expect(stderr).toContain('--stpes: there is no such option; did you mean --steps?');
    expect(stderr).toContain('--objective.beta: expected a number, found "much"');
    expect(stderr).toContain(
      '--objective.name: expected one of diffusion-dpo, mapo, mapo-v2, rank-dpo, sft, weighted-sft, found "mapoo"; did you mean mapo?',
    );
    expect(stderr).toContain('--optimizer.name: expected one of adamw, sgd, found "adm"');
    expect(stderr).not.toContain('nowhere.yaml');
  });

  it('has a wrong file as a wrong command line', async () => {
    expect(await run('train nowhere.yaml')).toMatchObject({ code: 2, stderr: expect.stringContaining('no such file') });
  });

  it('gives every short name to one field that exists', () => {
    const names = Object.values(runConfigAliases);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(runFlags).toContain(name);
  });

  it('shows for a field of several objectives what it is for each', async () => {
    const { stdout } = await run('train --help');
    expect(stdout.replace(/\s+/g, ' ')).toContain('--beta, --objective.beta <number>');
    expect(stdout.replace(/\s+/g, ' ')).toMatch(
      /diffusion-dpo: strength of.*\(default 5000\); mapo: weight of.*\(default 0.1\)/,
    );
  });
});

const runFlags = (await import('../config/fields.js'))
  .fieldsOf(runConfigSchema(tables))
  .map(({ path }) => path.join('.'));

describe('the exit code', () => {
  it('is 0 when it is done, 1 when it failed, 2 when it was asked for wrongly', async () => {
    expect(await run('data count pairs')).toMatchObject({ code: 0 });
    expect(await run('fail')).toMatchObject({ code: 1, stderr: 'bradley fail: the disk is full\n' });
    expect(await run('fail --how say')).toMatchObject({ code: 1, stderr: '' });
    expect(await run('trian')).toMatchObject({ code: 2, stderr: expect.stringContaining('Did you mean train?') });
    expect(await run('walk')).toMatchObject({
      code: 2,
      stderr: "bradley: unknown command 'walk'\nbradley --help lists the commands.\n",
    });
    expect(await run('data')).toMatchObject({ code: 2, stderr: expect.stringContaining('count') });
  });

  it('comes with where the error is from when that is asked for', async () => {
    const { stderr } = await run('fail --verbose');
    expect(stderr).toMatch(/Error: the disk is full\n\s+at .*caused by Error: ENOSPC/s);
  });
});

describe('bradley by itself', () => {
  it('lists its commands, those in groups by their full names', async () => {
    const { code, stdout } = await run('');
    expect(code).toBe(0);
    expect(stdout).toMatchInlineSnapshot(`
      "Usage: bradley <command> [options]

      Teach generative models what people prefer: collect comparisons, train on them, measure who wins.

      Commands:
        data count <path>  Count comparisons.
        train [file]       Train.
        fail               Fail.

      bradley <command> --help explains a command, with an example.
      "
    `);
    expect((await run('--help')).stdout).toBe(stdout);
  });
});
