import { z } from 'zod';
import { command } from '../cli/command.js';
import { threadsField } from '../config/threads-field.js';

export const quickstart = command({
  summary: 'Align the model that ships with Bradley, judge it, and write a report: about three minutes.',
  description:
    'Trains a LoRA with Diffusion-DPO on the comparisons that ship with the project, judges it on prompts whose preferences ' +
    'were never trained on, and writes report.html into the run folder. Needs no network.',
  example: ['quickstart', 'quickstart --output runs/second --threads 2'],
  options: z.object({
    output: z.string().min(1).optional().describe('folder of the run; none is the next free runs/quickstart'),
    threads: threadsField.optional().describe(threadsField.description ?? ''),
  }),
  async run({ output, threads }, out) {
    const { followRun } = await import('../cli/follow-run.js');
    const { finishQuickstart, freeFolder, quickstartConfig, quickstartSummary } = await import('../quickstart.js');
    const { startRun } = await import('../run/start-run.js');
    const { peakMemory } = await import('../run/peak-memory.js');
    const config = quickstartConfig(output ?? (await freeFolder('runs/quickstart')), threads ?? null);
    const began = performance.now();
    const run = await startRun(config);
    out.note(
      `Training a LoRA on 732 comparisons: ${config.train.steps} steps of ${config.train.batch} pairs, in ${run.folder}`,
    );
    let peakBytes: number | null = null;
    const watch = setInterval(async () => {
      peakBytes = (await peakMemory(run.pid)) ?? peakBytes;
    }, 500);
    const resumeCommand = `bradley train --resume ${run.folder}`;
    const { status } = await followRun(run.folder, {
      pid: run.pid,
      pairsPerStep: config.train.batch,
      resumeCommand,
      out,
    }).finally(() => clearInterval(watch));
    if (status !== 'finished') return 'failed';
    const training = { seconds: (performance.now() - began) / 1000, peakBytes };
    const { evaluation, report, lora } = await finishQuickstart(run.folder, {
      training,
      ...(threads ? { threads } : {}),
      onProgress: (what, done, total) => out.status(`judging: ${done} of ${total} ${what}`),
    });
    const next = [
      `Open ${report}`,
      `bradley sample --model models/emoji --prompt "dog face" --seeds 0,1,2,3 --lora ${lora} --output out`,
      'bradley train --help',
    ];
    const figures = evaluation.figures;
    out.result(
      { folder: run.folder, report, lora, figures },
      [...quickstartSummary(evaluation), '', 'Next:', ...next.map((line) => `  ${line}`)].join('\n'),
    );
    return undefined;
  },
});
