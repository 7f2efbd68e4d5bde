import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { allocatorEnvironment, askRun, tailRun } from '@bradley/train';
import type { PretrainModelOptions } from '../pretrain-model.js';
import type { Out } from './output.js';
import { progressLine, progressMeter } from './progress.js';

const stages = ['vae', 'denoiser'] as const;

/** Runs a pretraining in a process of its own and shows the progress of its stages; Ctrl-C stops at a checkpoint. */
export async function followPretraining(options: PretrainModelOptions, out: Out): Promise<boolean> {
  const entry = fileURLToPath(new URL('../run/pretrain-process.js', import.meta.url));
  const child = spawn(process.execPath, [entry, JSON.stringify(options)], {
    detached: true, // Ctrl-C is for us alone: we ask it to stop
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...allocatorEnvironment(process.env) },
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const exit = new Promise<number | null>((resolve) => child.once('close', resolve));
  const ended = new AbortController();
  void exit.then(() => ended.abort());
  const interrupt = (): void => {
    out.note('\nStopping at the next step.');
    for (const stage of stages)
      void askRun(join(options.runs, stage), { pause: false, stop: true }).catch(() => undefined);
  };
  process.on('SIGINT', interrupt);
  try {
    for (const stage of stages) await showStage(join(options.runs, stage), stage, out, ended.signal);
  } finally {
    process.off('SIGINT', interrupt);
  }
  const code = await exit;
  if (code !== 0 && code !== 3) throw new Error(errors.trim() || `the pretraining ended with code ${code}`);
  return code === 0;
}

async function showStage(folder: string, name: string, out: Out, signal: AbortSignal): Promise<void> {
  const meter = progressMeter();
  let [total, shown]: [number | null, number] = [null, 0];
  while (!signal.aborted) {
    try {
      for await (const event of tailRun(folder, { signal })) {
        if (event.kind === 'state') total = event.state.totalSteps;
        if (event.kind !== 'metrics') continue;
        meter.see(event.record, total, performance.now());
        const line = `${name}: ${progressLine(meter.progress(), 1)}`;
        out.status(line);
        if (!out.progress.live && performance.now() - shown > 10_000) {
          out.note(line);
          shown = performance.now();
        }
      }
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 500)); // its folder is not there yet
    }
  }
}
