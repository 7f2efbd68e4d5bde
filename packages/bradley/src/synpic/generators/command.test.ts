import { afterEach, expect, it, vi } from 'vitest';
import { commandGenerator } from './command.js';

afterEach(() => vi.unstubAllEnvs());

it('is given prompt and seed, and the environment but for the token of the job', async () => {
  vi.stubEnv('BRADLEY_SYNPIC_TOKEN', 'secret');
  vi.stubEnv('OF_THE_PROGRAM', 'its own');
  const program = `const { BRADLEY_SYNPIC_TOKEN = 'none', OF_THE_PROGRAM } = process.env;
    process.stdin.on('data', (input) => process.stdout.write(input + BRADLEY_SYNPIC_TOKEN + ' ' + OF_THE_PROGRAM));`;
  const opened = await commandGenerator.open({ command: [process.execPath, '-e', program], timeout: 60 }, {});
  const said = Buffer.from(await opened.draw('a cat', 7)).toString();
  expect(said).toBe('{"prompt":"a cat","seed":7}\nnone its own');
});

it('is ended after its time, whatever it has started, and has failed', async () => {
  const hangs = `require('node:child_process').spawn(process.execPath, ['-e', 'setTimeout(() => {}, 20000)'], { stdio: 'inherit' });
    setTimeout(() => {}, 20000);`;
  const opened = await commandGenerator.open({ command: [process.execPath, '-e', hangs], timeout: 1 }, {});
  const began = performance.now();
  await expect(opened.draw('a cat', 7)).rejects.toThrow('had not finished after 1 s (timeout)');
  expect(performance.now() - began).toBeLessThan(10_000);
});

it('has ten minutes where its settings say nothing', () =>
  expect(commandGenerator.settings.parse({ command: ['x'] })).toEqual({ command: ['x'], timeout: 600 }));
