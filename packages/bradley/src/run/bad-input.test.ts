import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, it } from 'vitest';
import { tinyWorkplace, writeTinyComparisons } from './tiny-model.test-support.js';

const bin = fileURLToPath(new URL('../../bin/bradley.js', import.meta.url));

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command line. */
function bradley(...argv: string[]): Promise<Ended> {
  return new Promise((resolve) =>
    execFile(process.execPath, [bin, ...argv], (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    ),
  );
}

let base: string;
let runs = 0;
beforeAll(async () => {
  base = await tinyWorkplace();
});

/** `bradley train` on the tiny model, in a folder of its own; `argv` stands over the standard flags. */
async function train(argv: Record<string, string> = {}): Promise<Ended & { output: string }> {
  const output = join(base, `run-${runs++}`);
  const flags = {
    model: join(base, 'model'),
    data: join(base, 'comparisons'),
    'data.heldOut': '0',
    objective: 'diffusion-dpo',
    steps: '2',
    threads: '1',
    output,
    ...argv,
  };
  const ended = await bradley('train', ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]));
  return { ...ended, output };
}

/** A copy of the model that `change` has been at. */
async function changedModel(name: string, change: (model: string) => Promise<unknown>): Promise<string> {
  const model = join(base, name);
  await cp(join(base, 'model'), model, { recursive: true });
  await change(model);
  return model;
}

async function changeJson(file: string, change: object): Promise<void> {
  await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')), ...change }));
}

describe.concurrent('bradley train', () => {
  it('trains where nothing is wrong, and says what it wrote and how to look at it', async ({ expect }) => {
    const { code, stdout, stderr, output } = await train();
    expect(stderr).toContain('step 2/2');
    expect(stdout).toContain(`Wrote ${output}/pytorch_lora_weights.safetensors`);
    expect(stdout).toContain(`bradley sample --model ${join(base, 'model')} --lora ${output}/pytorch_lora_weights`);
    expect(code).toBe(0);
  });

  it('names a model folder that is not there, before it begins anything', async ({ expect }) => {
    const { code, stderr, output } = await train({ model: join(base, 'nowhere') });
    expect(stderr).toMatch(/nowhere: there is no such file or folder .*owner\/name@revision.* Check the path/);
    expect(code).toBe(1);
    expect(existsSync(output)).toBe(false);
  });

  it('names a config that disagrees with the weights, with both shapes', async ({ expect }) => {
    const model = await changedModel('disagreeing', (path) =>
      changeJson(join(path, 'unet/config.json'), { block_out_channels: [16, 24] }),
    );
    const { code, stderr } = await train({ model });
    expect(stderr).toMatch(
      /down_blocks\.1\.resnets\.0\.conv1\.weight: the model needs \(24, 16, 3, 3\), but .*unet.*safetensors has \(32, 16, 3, 3\)/,
    );
    expect(stderr).toContain('config.json and the weights disagree: check that both come from the same model folder.');
    expect(code).toBe(1);
  });

  it('names a value of a config that it does not compute, and what it would', async ({ expect }) => {
    const model = await changedModel('unsupported', (path) =>
      changeJson(join(path, 'unet/config.json'), { act_fn: 'mish' }),
    );
    const { code, stderr } = await train({ model });
    expect(stderr).toMatch(/unet\/config\.json is not supported:.*"silu".*act_fn/s);
    expect(code).toBe(1);
  });

  it('names a file of weights that is cut short, with the bytes', async ({ expect }) => {
    const model = await changedModel('truncated', (path) =>
      truncate(join(path, 'vae/diffusion_pytorch_model.safetensors'), 20_000),
    );
    const { code, stderr } = await train({ model });
    expect(stderr).toMatch(
      /truncated\/vae\/diffusion_pytorch_model\.safetensors: .* accounts for \d+ bytes but the file has 20000: it is cut short\. Download/,
    );
    expect(code).toBe(1);
  });

  it('names data that are not there, and what it looks for', async ({ expect }) => {
    const { code, stderr } = await train({ data: join(base, 'no-data') });
    expect(stderr).toMatch(/no-data: there is no such file or folder\. .*chosen\//);
    expect(code).toBe(1);
  });

  it('names a picture that is damaged, as data check lists it', async ({ expect }) => {
    const data = join(base, 'damaged');
    await writeTinyComparisons(data);
    const file = join(data, 'rejected', 'pair-03.png');
    await writeFile(file, (await readFile(file)).subarray(0, 300));
    const { code, stderr } = await train({ data });
    expect(stderr).toContain('rejected/pair-03.png');
    expect(stderr).toContain(`bradley data check ${data}`);
    expect(code).toBe(1);
    const check = await bradley('data', 'check', data);
    expect(check.stdout).toMatch(/rejected\/pair-03\.png/);
    expect(check.code).toBe(1);
  });

  it('says how many rows it could not use when none is left', async ({ expect }) => {
    const data = join(base, 'unpaired');
    await writeTinyComparisons(data, 1);
    await cp(join(data, 'chosen/pair-00.png'), join(data, 'chosen/pair-09.png'));
    const { code, stderr } = await train({ data, 'data.heldOut': '1' });
    expect(stderr).toMatch(/there is no pair to train on \(1 held out, 1 rows refused, the first at .*pair-09/);
    expect(code).toBe(1);
  });

  it('lists the objectives when there is none of that name', async ({ expect }) => {
    const { code, stderr, output } = await train({ objective: 'dpo' });
    expect(stderr).toContain(
      '--objective.name: expected one of diffusion-dpo, mapo, mapo-v2, rank-dpo, sft, weighted-sft, found "dpo"',
    );
    expect(code).toBe(2);
    expect(existsSync(output)).toBe(false);
  });

  it('tells an option that it does not have, with the nearest one, and all else that is wrong', async ({ expect }) => {
    const { code, stderr } = await train({ stpes: '3', rank: 'many', resolution: '30' });
    expect(stderr).toContain('--stpes: there is no such option; did you mean --steps?');
    expect(stderr).toContain('expected a number, found "many"');
    expect(stderr).toMatch(/data\.resolution: expected a multiple of 8, found 30/);
    expect(code).toBe(2);
  });

  it('refuses a target that names no layer, one of several too', async ({ expect }) => {
    const { code, stderr } = await train({ 'adapter.targets': 'to_q,to_w' });
    expect(stderr).toMatch(/adapter\.targets: no linear layer .* ends in to_w\. Targets are/);
    expect(code).toBe(1);
  });

  it('tells a run file that is not YAML by its line', async ({ expect }) => {
    const file = join(base, 'broken.yaml');
    await writeFile(file, 'model: x\ndata: [\n');
    const { code, stderr } = await bradley('train', file);
    expect(stderr).toMatch(/broken\.yaml is not valid YAML:\n {2}line \d/);
    expect(code).toBe(2);
  });

  it('does not begin in a folder that holds something else', async ({ expect }) => {
    const output = join(base, 'occupied');
    await mkdir(output);
    await writeFile(join(output, 'thesis.tex'), '');
    const { code, stderr } = await train({ output });
    expect(stderr).toContain('a new run needs an empty folder, and this one holds thesis.tex. Choose another folder.');
    expect(code).toBe(1);
  });

  it('resumes only what is a run', async ({ expect }) => {
    const { code, stderr } = await bradley('train', '--resume', join(base, 'model'));
    expect(stderr).toContain('model: not a run folder, it has no run.yaml.');
    expect(code).toBe(1);
  });
});
