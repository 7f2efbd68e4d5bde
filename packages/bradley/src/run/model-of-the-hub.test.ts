import { execFile, spawn } from 'node:child_process';
import { cp, readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ResolveOptions } from '@bradley/formats';
import { startHub, type TestHub } from '@bradley/formats/test-support/hub-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openModel } from '../open-model.js';
import { tinyWorkplace } from './tiny-model.test-support.js';

const bin = fileURLToPath(new URL('../../bin/bradley.js', import.meta.url));
const name = 'owner/tiny';

let base: string;
let hub: TestHub;
let environment: NodeJS.ProcessEnv;
let model: Record<string, Uint8Array>;
beforeAll(async () => {
  base = await tinyWorkplace();
  model = await filesOf(join(base, 'model'));
  hub = await startHub({ [name]: { files: model } });
  const others = ['HF_TOKEN', 'HF_TOKEN_PATH', 'HF_HUB_OFFLINE', 'HF_HUB_CACHE', 'HUGGINGFACE_HUB_CACHE'];
  const without = Object.fromEntries(others.map((variable) => [variable, undefined]));
  environment = { ...process.env, ...without, HF_ENDPOINT: hub.endpoint, HF_HOME: join(base, 'hf') };
});
afterAll(() => hub.close());

async function filesOf(folder: string): Promise<Record<string, Uint8Array>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const read = paths.map(async (path) => [path.slice(folder.length + 1), await readFile(path)] as const);
  return Object.fromEntries(await Promise.all(read));
}

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command line, here. */
const bradley = (line: string): Promise<Ended> =>
  new Promise((resolve) =>
    execFile(process.execPath, [bin, ...line.split(' ')], { env: environment, cwd: base }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    ),
  );

const sample = `sample --model ${name} --prompt cat --steps 2 --threads 1`;
const train = `train --model ${name} --data comparisons --data.held-out 0 --objective diffusion-dpo --threads 1 --steps 2`;
const picture = (folder: string): Promise<Buffer> => readFile(join(base, folder, '0000.png'));

describe('a model named by its place on the hub', () => {
  it('is fetched, sampled, and sampled again offline: as the same model in a folder', async () => {
    expect(await bradley(`${sample} --output online`)).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/\d+ KiB of \d+ KiB/),
    });
    hub.seen.length = 0;
    expect(await bradley(`${sample} --output offline --offline`)).toMatchObject({ code: 0, stderr: '' });
    expect(hub.seen).toEqual([]);
    await bradley(`${sample.replace(name, 'model')} --output local`);
    expect(await picture('online')).toEqual(await picture('local'));
    expect(await picture('offline')).toEqual(await picture('local'));
  });

  it('is trained at the commit that it had, also when the run goes on after its branch has moved', async () => {
    const halves = Object.entries(model).map(([path, bytes]) => [path.replace(/\.safe/, '.fp16.safe'), bytes] as const);
    hub.repositories['owner/half'] = { files: Object.fromEntries(halves) };
    const { stderr } = await bradley(`${train.replace(name, 'owner/half')} --output run`);
    expect(stderr).toContain('step 2/2');
    expect(stderr).toContain('owner/half: unet: there are no weights without a variant; the ones of fp16 are used');
    const written = await readFile(join(base, 'run', 'run.yaml'), 'utf8');
    expect(written).toMatch(/^model: owner\/half@[0-9a-f]{40} #.*\nvariant: fp16 #/m);
    hub.repositories['owner/half'] = { files: { ...model, 'vae/config.json': Buffer.from('{"not": "a model"}') } };
    hub.seen.length = 0;
    expect(await bradley('train --resume run')).toMatchObject({ code: 0 });
    expect(hub.seen).toEqual([]);
    const moved = await bradley(`${sample.replace(name, 'owner/half')} --output moved`);
    expect(moved.stderr).toContain('config.json and the weights disagree');
  });

  it('opens the variant that is asked for, of a folder here too', async () => {
    const unet = join(base, 'model', 'unet');
    await cp(join(unet, 'diffusion_pytorch_model.safetensors'), join(unet, 'diffusion_pytorch_model.fp16.safetensors'));
    const notes: string[] = [];
    const filesOpened = async (options: ResolveOptions): Promise<Set<string>> => {
      const { unet: opened } = await openModel(join(base, 'model'), { onNote: (note) => notes.push(note), ...options });
      return new Set([...opened.tensors.values()].map(({ file }) => basename(file)));
    };
    expect(await filesOpened({})).toEqual(new Set(['diffusion_pytorch_model.safetensors']));
    expect(notes).toEqual([]);
    expect(await filesOpened({ variant: 'fp16' })).toEqual(new Set(['diffusion_pytorch_model.fp16.safetensors']));
    expect(notes).toEqual([expect.stringMatching(/text_encoder: .*no variant fp16/), expect.stringMatching(/vae: /)]);
    await expect(filesOpened({ variant: 'bf16' })).rejects.toThrow(/no part of it has weights of the variant bf16/);
  });

  it('is looked at by the doctor, and refused by name where there is none', async () => {
    expect((await bradley('doctor --run run/run.yaml --offline --json')).stdout).toContain('"trainable"');
    const { code, stderr } = await bradley(`${sample.replace(name, 'owner/other')} --output none`);
    expect(stderr).toMatch(/owner\/other: 127\.0\.0\.1:\d+ answered 401 \(Repository not found\)\. .*private/);
    expect(code).toBe(1);
  });

  it('goes on with its download after Ctrl-C, which says so', async () => {
    hub.repositories['owner/slow'] = { files: model };
    hub.faults.push({ at: /^cdn.*unet/, stall: true });
    const child = spawn(process.execPath, [bin, ...`${sample.replace(name, 'owner/slow')} --output slow`.split(' ')], {
      env: environment,
      cwd: base,
    });
    let stderr = '';
    child.stderr.on('data', (text: Buffer) => {
      stderr += text;
    });
    const code = new Promise((resolve) => child.once('close', resolve));
    const asked = () => hub.seen.some(({ host, path }) => host === 'cdn' && path.includes('unet'));
    await expect.poll(asked).toBe(true);
    child.kill('SIGINT');
    expect(await code).toBe(1);
    expect(stderr).toMatch(/stopped with \d+ KiB of \d+ KiB of owner\/slow in the cache\. The same command goes on/);
    expect(await bradley(`${sample.replace(name, 'owner/slow')} --output slow`)).toMatchObject({ code: 0 });
  });
});
