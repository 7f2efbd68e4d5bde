import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { serve } from './serve.js';

it('speaks the line protocol: ready, an answer a line, the peak at the end', async () => {
  const [input, output] = [new PassThrough(), new PassThrough()];
  let done = 0;
  const served = serve(async () => (done++ === 0 ? 0.5 : null), { threads: 2 }, { input, output });
  input.end('\n\n');
  await served;
  const lines = String(output.read())
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, number>);
  expect(lines).toMatchObject([{ ready: true, threads: 2 }, { loss: 0.5 }, { loss: null }, {}]);
  expect(lines[1]?.seconds).toBeGreaterThanOrEqual(0);
  expect(lines[3]?.peak_mb).toBeGreaterThan(10);
});
