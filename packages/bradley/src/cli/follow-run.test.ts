import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'vitest';

const built = new URL('../../dist/cli/', import.meta.url);
const trainBuilt = new URL('../../../train/dist/run-folder/', import.meta.url);

/** Sixty steps of nothing, or a minute of them; deaf to requests when it is told to be, failing at step 30 when it is told to. */
const trainer = `
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { readControl } from ${JSON.stringify(new URL('control.js', trainBuilt))};
import { appendMetrics } from ${JSON.stringify(new URL('metrics.js', trainBuilt))};
import { closeRun, openRun, updateState } from ${JSON.stringify(new URL('run-folder.js', trainBuilt))};
const folder = process.argv[2];
const run = await openRun(folder, 60);
if (run.config === 'mistyped') {
  await closeRun(run, { status: 'failed', error: 'no layer is called nosuch' });
  process.exit(1);
}
for (let step = 1; step <= (run.config === 'long' ? 6000 : 60); step++) {
  await sleep(10);
  await appendMetrics(run.metrics, { step, loss: 1 / step, implicitAccuracy: 0.5 });
  if (step === 20) await appendMetrics(run.metrics, { step, winRate: 0.6 });
  if (step === 30 && run.config === 'fails') {
    await closeRun(run, { status: 'failed', error: 'the loss is not a number' });
    process.exit(1);
  }
  await updateState(run, { step });
  if (run.config !== 'deaf' && (await readControl(folder)).stop) {
    await closeRun(run, { status: 'stopped' });
    process.exit(0);
  }
  if (run.config === 'deaf' && step === 50) await sleep(20_000);
}
await closeRun(run, { status: 'finished' });
`;

/** What `bradley train` does around a run. */
const follower = `
import { createRun } from ${JSON.stringify(new URL('run-folder.js', trainBuilt))};
import { spawnRun } from ${JSON.stringify(new URL('spawn.js', trainBuilt))};
import { followRun } from ${JSON.stringify(new URL('follow-run.js', built))};
import { createOut } from ${JSON.stringify(new URL('output.js', built))};
const [folder, entry, kind, json] = process.argv.slice(2);
await createRun(folder, kind);
const pid = await spawnRun(folder, entry);
const out = createOut({ json: json === 'json', verbose: false }, process);
try {
  const { status } = await followRun(folder, { pid, pairsPerStep: 2, resumeCommand: 'bradley train --resume run', out });
  out.note('status ' + status);
} catch (error) {
  out.note('error ' + error.message);
}
`;

async function follow(kind: 'good' | 'long' | 'fails' | 'deaf' | 'mistyped', json = false) {
  if (!existsSync(fileURLToPath(new URL('follow-run.js', built))))
    throw new Error('child processes run from dist: npm run build first');
  const base = await mkdtemp(join(tmpdir(), 'follow-'));
  const [run, entry, script] = [join(base, 'run'), join(base, 'trainer.mjs'), join(base, 'follower.mjs')];
  await writeFile(entry, trainer);
  await writeFile(script, follower);
  const child = spawn(process.execPath, [script, run, entry, kind, json ? 'json' : 'text']);
  const written = { stdout: '', stderr: '' };
  child.stdout.on('data', (text) => {
    written.stdout += text;
  });
  child.stderr.on('data', (text) => {
    written.stderr += text;
  });
  const ended = new Promise<typeof written>((resolve) => child.on('close', () => resolve(written)));
  const until = async (text: string) => {
    while (!written.stderr.includes(text)) await sleep(20);
  };
  /** Until the follower has seen it. */
  const runs = () => until('step ');
  return { run, interrupt: (signal: NodeJS.Signals = 'SIGINT') => child.kill(signal), ended, until, runs };
}

describe.skipIf(process.platform === 'win32').concurrent('following a run', () => {
  it('prints plain lines where nobody watches live, the first and the last among them', async ({ expect }) => {
    const { stderr } = await (await follow('good')).ended;
    expect(stderr).toMatch(/^step \d+\/60 {2}loss/m);
    expect(stderr).toMatch(/^step 20 {2}win rate 0\.6$/m);
    expect(stderr).toMatch(
      /^step 60\/60 {2}loss 0\.01667 {2}implicit accuracy 0\.50 {2}[\d.]+ comparisons\/s {2}0 s left$/m,
    );
    expect(stderr).toContain('status finished');
  });

  it('prints every record as a line of JSON when asked', async ({ expect }) => {
    const { stdout } = await (await follow('good', true)).ended;
    const records = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(records).toHaveLength(61);
    expect(records[20]).toEqual({ step: 20, winRate: 0.6 });
  });

  it('says why a run failed, and how to go on', async ({ expect }) => {
    const { stderr } = await (await follow('fails')).ended;
    expect(stderr).toContain('error the loss is not a number\nGo on with: bradley train --resume run');
  });

  it('does not send one that failed before its first step back to the same settings', async ({ expect }) => {
    const { stderr } = await (await follow('mistyped')).ended;
    expect(stderr).toContain('error no layer is called nosuch\nNothing was trained: correct this and start again.');
    expect(stderr).not.toContain('--resume');
  });

  it('asks the run to stop at Ctrl-C, and says how to go on', async ({ expect }) => {
    const { run, interrupt, ended, runs } = await follow('long');
    await runs();
    interrupt();
    const { stderr } = await ended;
    expect(stderr).toContain('Stopping at the next step. Press Ctrl-C again to kill');
    expect(stderr).toMatch(/Stopped; .*Go on with: bradley train --resume run\nstatus stopped/);
    expect(await readFile(join(run, 'control.json'), 'utf8')).toContain('"stop":true');
  });

  it.for(['SIGTERM', 'SIGHUP'] as const)('asks the run to stop at %s too', async (signal, { expect }) => {
    const { interrupt, ended, runs } = await follow('long');
    await runs();
    interrupt(signal);
    const { stderr } = await ended;
    expect(stderr).toMatch(/Stopped; .*Go on with: bradley train --resume run\nstatus stopped/);
  });

  it('kills a run that does not answer at the second Ctrl-C', async ({ expect }) => {
    const { interrupt, ended, until, runs } = await follow('deaf');
    await runs();
    interrupt();
    await until('Ctrl-C again');
    interrupt();
    const { stderr } = await ended;
    expect(stderr).toMatch(/Stopped; .*Go on with: bradley train --resume run\nstatus interrupted/);
  });
});
