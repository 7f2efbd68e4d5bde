import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { cpuTime, othersCores } from './machine-load.js';

it('counts what neither this process nor its children did', () => {
  const from = { machine: 1000, own: 100, atMilliseconds: 0 };
  const to = { machine: 1600, own: 300, atMilliseconds: 2000 };
  expect(othersCores(from, to)).toBe(2);
  expect(othersCores(null, to)).toBeNull();
});

it.runIf(process.platform === 'linux')('counts a child while it runs and after it ended', async () => {
  const child = spawn(process.execPath, [
    '--eval',
    'while (process.cpuUsage().user < 400_000); console.log("done"); process.stdin.resume()',
  ]);
  const from = cpuTime([]);
  await once(child.stdout, 'data');
  const during = cpuTime([child.pid as number]);
  child.stdin.end();
  await once(child, 'close');
  const after = cpuTime([]);
  for (const to of [during, after]) expect((to?.own ?? 0) - (from?.own ?? 0)).toBeGreaterThan(10);
});
