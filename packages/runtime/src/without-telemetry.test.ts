import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'telemetry-'));
});
afterEach(() => rm(home, { recursive: true }));

const from = (name: string): string => JSON.stringify(new URL(name, import.meta.url).href);
const oneSession = `
  const { compile, graph, input, sin } = await import(${from('../../graph/dist/index.js')});
  const { createSession } = await import(${from('../dist/index.js')});
  const session = await createSession(compile(graph({ y: sin(input('x', [1])) }), { provider: 'onnx' }), { threads: 1 });
  await session.run({ x: new Float32Array(1) });
  await session.release();`;

it('leaves no log, identifier or queue of ONNX Runtime’s telemetry, where nothing else forbids it', async () => {
  const env = { PATH: process.env.PATH ?? '', HOME: home, TMPDIR: home };
  await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', oneSession], { env });
  expect(await readdir(home)).toEqual([]);
});
