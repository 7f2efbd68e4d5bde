import { askRun, failedUntrained, type MetricRecord, type ObservedState, tailRun } from '@bradley/train';
import { SingleBar } from 'cli-progress';
import type { Out } from './output.js';
import { progressLine, progressMeter, recordLine } from './progress.js';

/** How often a line is printed where nobody watches live. */
const plainMilliseconds = 5000;

/**
 * Shows a run's progress until it ends: one live line on a terminal, else a plain line every few seconds, with --json each
 * record. Ctrl-C, SIGTERM and SIGHUP ask the run to stop at its next step, Ctrl-C after that kills its process; how to go on is told.
 * @param pid the process `spawnRun` has just started
 * @param resumeCommand the command line that goes on with it
 * @returns the run's last state: 'finished' or 'stopped'
 * @throws Error when the run failed, or its process was killed by something else
 */
export async function followRun(
  folder: string,
  { pid, pairsPerStep, resumeCommand, out }: { pid: number; pairsPerStep: number; resumeCommand: string; out: Out },
): Promise<ObservedState> {
  const interrupts = onInterrupt(folder, pid, out.note);
  const meter = progressMeter();
  const display = out.progress.live ? liveDisplay(out.progress.stream) : plainDisplay(out);
  let state: ObservedState | null = null;
  try {
    for await (const event of tailRun(folder, { pid })) {
      if (event.kind === 'metrics') {
        if (out.json) out.row(event.record);
        if ('loss' in event.record) meter.see(event.record, state?.totalSteps ?? null, performance.now());
        else if (!out.json) display.say(recordLine(event.record));
      } else if (event.kind === 'rewind') {
        meter.rewind();
      } else {
        state = event.state;
        if (state.status === 'paused') display.say(`step ${state.step}  paused`);
      }
      const progress = { ...meter.progress(), totalSteps: state?.totalSteps ?? null };
      display.update(state?.doing ?? progressLine(progress, pairsPerStep), progress);
    }
  } finally {
    display.close();
    interrupts.end();
  }
  if (state === null) throw new Error(`${folder}: the run ended without a word. ${folder}/log.txt may say why.`);
  const goOn = `Go on with: ${resumeCommand}`;
  if (state.status === 'failed') {
    const hint = (await failedUntrained(folder))
      ? 'Nothing was trained: correct this and start again. The same --output may be used.'
      : goOn;
    throw new Error(`${state.error ?? 'the run failed'}\n${hint}`);
  }
  if (state.status === 'interrupted' && !interrupts.killed())
    throw new Error(
      `the run's process ended at step ${state.step} without saying why; ${folder}/log.txt may.\n${goOn}`,
    );
  if (state.status !== 'finished')
    out.note(
      `Stopped; ${state.lastCheckpoint ? `the last checkpoint is of step ${state.step}` : 'there is no checkpoint yet'}. ${goOn}`,
    );
  return state;
}

/** What asks a run to stop: Ctrl-C, a service manager or scheduler, a terminal that closes. */
const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function onInterrupt(folder: string, pid: number, note: (text: string) => void) {
  let asked = false;
  let killed = false;
  const heed = async (signal: NodeJS.Signals) => {
    if (!asked) {
      asked = true;
      // Asked before it is told: a terminal that has closed takes no words.
      await askRun(folder, { pause: false, stop: true }).catch((error: Error) => note(error.message));
      if (signal === 'SIGINT') note('\nStopping at the next step. Press Ctrl-C again to kill the run instead.');
      else note(`${signal}: stopping at the next step.`);
    } else if (signal === 'SIGINT') {
      killed = true;
      try {
        process.kill(pid, 'SIGKILL'); // its folder is made to survive this
      } catch {
        // it has ended by itself
      }
    }
  };
  for (const signal of stopSignals) process.on(signal, heed);
  return {
    end() {
      for (const signal of stopSignals) process.off(signal, heed);
    },
    killed: () => killed,
  };
}

interface Display {
  update(
    line: string,
    progress: { readonly step: number; readonly totalSteps: number | null; readonly latest: MetricRecord | null },
  ): void;
  /** A line that stays. */
  say(line: string): void;
  close(): void;
}

function liveDisplay(stream: NodeJS.WriteStream): Display {
  const bar = new SingleBar({
    stream,
    format: '{bar} {line}',
    barsize: 20,
    hideCursor: true,
    fps: 5,
    gracefulExit: false,
  });
  let running = false;
  return {
    update(line, { step, totalSteps }) {
      if (totalSteps === null) return;
      if (!running) bar.start(totalSteps, step, { line });
      running = true;
      bar.setTotal(totalSteps);
      bar.update(step, { line });
    },
    say(line) {
      if (running) stream.write('\r\x1b[K');
      stream.write(`${line}\n`);
    },
    close() {
      if (running) bar.stop();
    },
  };
}

function plainDisplay(out: Out): Display {
  let printedAt = -Infinity;
  let printed = '';
  let current = '';
  const print = () => {
    if (!out.json && current !== printed) out.note(current);
    printed = current;
  };
  return {
    update(line, { latest }) {
      if (latest === null) return;
      current = line;
      if (performance.now() - printedAt < plainMilliseconds) return;
      printedAt = performance.now();
      print();
    },
    say: out.note,
    close: print,
  };
}
