import { join } from 'node:path';
import { z } from 'zod';
import { command } from '../cli/command.js';
import { UsageError } from '../cli/usage-error.js';
import { runConfigAliases, runConfigSchema } from '../config/run-config.js';
import { tables } from '../tables.js';

export const train = command({
  summary: 'Align a diffusion model on comparisons.',
  description:
    'A YAML file describes the run, flags override it, and flags alone do too. The run gets a process and a folder of its ' +
    'own; Ctrl-C stops it at a checkpoint, and --resume goes on with it, also after a crash.',
  example: [
    'train run.yaml --steps 500',
    'train --model models/emoji --data models/emoji/comparisons/train.jsonl --objective diffusion-dpo --steps 200 --output runs/first',
    'train --resume runs/first',
  ],
  positional: ['file'],
  options: z.object({
    file: z.string().min(1).optional().describe('YAML file of the run'),
    resume: z.string().min(1).optional().describe('folder of a run to go on with'),
  }),
  overrides: { schema: runConfigSchema(tables), aliases: runConfigAliases },
  async run({ file, resume }, out, overrides) {
    const { followRun } = await import('../cli/follow-run.js');
    const { loadRunConfig } = await import('../config/load-run-config.js');
    const { resumeRun, startRun } = await import('../run/start-run.js');
    const { fullFolder, loraFile } = await import('../run/write-result.js');
    if (resume && (file || Object.keys(overrides).length))
      throw new UsageError('--resume takes a run as it is: leave out the file and the other flags.');
    const run = resume ? await resumeRun(resume) : await startRun(await loadRunConfig(file ?? null, overrides, tables));
    const pairsPerStep = run.config.train.batch * run.config.train.accumulate;
    const resumeCommand = `bradley train --resume ${run.folder}`;
    const { status } = await followRun(run.folder, { pid: run.pid, pairsPerStep, resumeCommand, out });
    if (status !== 'finished') return undefined;
    const lora = run.config.adapter.kind === 'lora';
    const path = join(run.folder, lora ? loraFile : fullFolder);
    const again = `bradley sample --model ${lora ? `${run.config.model} --lora ${path}` : path} --prompt "…" --output out`;
    out.result({ folder: run.folder, result: path }, `Wrote ${path}\nLook at it with: ${again}`);
    return undefined;
  },
});
