import { describe, expect, it } from 'vitest';
import { startLineProcess } from './line-process.js';

/** A process that follows the protocol; `unit` is the JavaScript of its work. */
const echo = (unit: string) => ({
  file: process.execPath,
  arguments: [
    '--input-type=module',
    '--eval',
    `import { createInterface } from 'node:readline';
     console.log(JSON.stringify({ ready: true, threads: 3 }));
     let count = 0;
     for await (const _ of createInterface({ input: process.stdin })) { ${unit} }
     console.log(JSON.stringify({ peak_mb: 12.5 }));`,
  ],
  env: process.env,
});
const count = 'console.log(JSON.stringify({ seconds: 0.25, loss: count++ }))';

describe('a line process', () => {
  it('answers once for each unit, then gives its peak', async () => {
    const worker = await startLineProcess(echo(count), 300);
    expect(worker.ready).toEqual({ ready: true, threads: 3 });
    expect(worker.startSeconds).toBeGreaterThan(0);
    expect(await worker.ask()).toEqual({ seconds: 0.25, loss: 0 });
    expect(await worker.ask()).toEqual({ seconds: 0.25, loss: 1 });
    expect(await worker.finish()).toBe(12.5);
  });

  it('says why it ended early', async () => {
    const worker = await startLineProcess(echo("throw new Error('no such model')"), 300);
    await expect(worker.ask()).rejects.toThrow(/ended before its answer[\s\S]*no such model/);
  });

  it('names a line that is not an answer', async () => {
    const worker = await startLineProcess(echo("console.log('hello')"), 300);
    await expect(worker.ask()).rejects.toThrow('found the line hello');
  });

  it('gives up on a process that does not speak', async () => {
    const silent = { file: process.execPath, arguments: ['--eval', 'process.stdin.resume()'], env: process.env };
    await expect(startLineProcess(silent, 0.2)).rejects.toThrow('no ready line within 0.2 s');
  });

  it('names a program that is not there', async () => {
    const command = { file: '/nowhere/python3', arguments: [], env: process.env };
    await expect(startLineProcess(command, 300)).rejects.toThrow('/nowhere/python3: could not start');
  });
});
