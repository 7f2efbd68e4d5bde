import { relative } from 'node:path';
import { z } from 'zod';
import { command } from '../cli/command.js';
import { threadsField } from '../config/threads-field.js';

export const quickstart = command({
  summary: 'Align the model that ships with Bradley, judge it, and write a report: about three minutes.',
  description:
    'Trains a LoRA with Diffusion-DPO on the comparisons that ship with the project, has a judge that was trained on other prompts compare ' +
    'its pictures with the base model’s on prompts that nobody learnt a preference of, and writes report.html into the run folder. Needs no network.',
  example: ['quickstart', 'quickstart --output runs/second --threads 2'],
  options: z.object({
    output: z.string().min(1).optional().describe('folder of the run; none is the next free runs/quickstart'),
    threads: threadsField.optional().describe(threadsField.description ?? ''),
  }),
  async run({ output, threads }, out) {
    const { followRun } = await import('../cli/follow-run.js');
    const { countProgress } = await import('../cli/count-progress.js');
    const { finishQuickstart, freeFolder, quickstartConfig, quickstartEvaluation, quickstartSummary } = await import(
      '../quickstart.js'
    );
    const { startRun } = await import('../run/start-run.js');
    const { peakMemory } = await import('../run/peak-memory.js');
    const config = quickstartConfig(output ?? (await freeFolder('runs/quickstart')), threads ?? null);
    const began = performance.now();
    const run = await startRun(config);
    out.note(
      `Training a LoRA on 500 comparisons: ${config.train.steps} steps of ${config.train.batch} pairs, in ${run.folder}`,
    );
    let peakBytes: number | null = null;
    const watch = setInterval(async () => {
      peakBytes = (await peakMemory(run.pid)) ?? peakBytes;
    }, 500);
    const resumeCommand = `npx bradley train --resume ${run.folder}`;
    const { status } = await followRun(run.folder, {
      pid: run.pid,
      pairsPerStep: config.train.batch,
      resumeCommand,
      out,
    }).finally(() => clearInterval(watch));
    if (status !== 'finished') return 'failed';
    const training = { seconds: (performance.now() - began) / 1000, peakBytes };
    const outcome = await finishQuickstart(run.folder, {
      training,
      ...(threads ? { threads } : {}),
      onProgress: countProgress(out),
    });
    const { judged, accuracy, report, lora } = outcome;
    const next = [
      `Open ${short(report)}`,
      `npx bradley sample --model models/emoji --prompt "dog face" --seeds 0,1,2,3 --lora ${short(lora)} --output out`,
      quickstartEvaluation(short(run.folder)),
      'npx bradley train --help',
    ];
    out.result(
      { folder: run.folder, report, lora, evaluation: judged.evaluation, accuracy: accuracy.figures },
      [quickstartSummary(outcome), '', 'Next:', ...next.map((line) => `  ${line}`)].join('\n'),
    );
    return undefined;
  },
});

/** From here, where that leads down; else as it is. */
function short(path: string): string {
  const down = relative('', path);
  return down.startsWith('..') ? path : down;
}
