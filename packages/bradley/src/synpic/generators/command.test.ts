import { afterEach, expect, it, vi } from 'vitest';
import { commandGenerator } from './command.js';

afterEach(() => vi.unstubAllEnvs());

it('is given prompt and seed, and the environment but for the token of the job', async () => {
  vi.stubEnv('BRADLEY_SYNPIC_TOKEN', 'secret');
  vi.stubEnv('OF_THE_PROGRAM', 'its own');
  const program = `const { BRADLEY_SYNPIC_TOKEN = 'none', OF_THE_PROGRAM } = process.env;
    process.stdin.on('data', (input) => process.stdout.write(input + BRADLEY_SYNPIC_TOKEN + ' ' + OF_THE_PROGRAM));`;
  const opened = await commandGenerator.open({ command: [process.execPath, '-e', program] }, {});
  const said = Buffer.from(await opened.draw('a cat', 7)).toString();
  expect(said).toBe('{"prompt":"a cat","seed":7}\nnone its own');
});
