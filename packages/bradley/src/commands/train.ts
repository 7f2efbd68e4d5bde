import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { command } from '../cli/command.js';
import type { Out } from '../cli/output.js';
import { UsageError } from '../cli/usage-error.js';
import { offlineField } from '../config/model-fields.js';
import { presetField } from '../config/presets.js';
import { type RunConfig, runConfigAliases, runConfigSchema } from '../config/run-config.js';
import { tables } from '../tables.js';

export const train = command({
  summary: 'Align a diffusion model on comparisons.',
  description:
    'A YAML file describes the run, flags override it, and flags alone do too; a preset stands under both. The run gets a ' +
    'process and a folder of its own; Ctrl-C stops it at a checkpoint, and --resume goes on with it, also after a crash.',
  example: [
    'train run.yaml --steps 500',
    'train --model models/emoji --data models/emoji/comparisons/train.jsonl --objective diffusion-dpo --steps 200 --output runs/first',
    'train --model stable-diffusion-v1-5/stable-diffusion-v1-5 --variant fp16 --data choices.jsonl --objective diffusion-dpo --steps 500 --output runs/sd15',
    'train --preset sd15-diffusion-dpo-small-data --model sd15 --data choices.jsonl --output runs/mine --print-config',
    'train run.yaml --dry-run',
    'train run.yaml --device auto',
    'train --resume runs/first',
  ],
  positional: ['file'],
  options: z.object({
    file: z.string().min(1).optional().describe('YAML file of the run'),
    resume: z.string().min(1).optional().describe('folder of a run to go on with'),
    preset: presetField.optional(),
    printConfig: z.boolean().default(false).describe('print what would be run, as its run.yaml, and run nothing'),
    dryRun: z
      .boolean()
      .default(false)
      .describe(
        'say what the run takes in memory, on disk and in time, after three steps on made-up data; write nothing',
      ),
    offline: offlineField,
  }),
  overrides: { schema: runConfigSchema(tables), aliases: runConfigAliases },
  async run({ file, resume, preset, printConfig, dryRun, offline }, out, overrides) {
    const { fetchModel } = await import('../cli/fetch-model.js');
    const { followRun } = await import('../cli/follow-run.js');
    const { formatRunConfig } = await import('../config/format-run-config.js');
    const { loadRunConfig } = await import('../config/load-run-config.js');
    const { readPreset } = await import('../config/presets.js');
    const { validationFolder, validationPage } = await import('@bradley/train');
    const { configOfRun, resumeRun, startRun } = await import('../run/start-run.js');
    const { resultName } = await import('../run/write-result.js');
    if (resume && (file || preset || Object.keys(overrides).length))
      throw new UsageError('--resume takes a run as it is: leave out the file and the other flags.');
    const under = preset === undefined ? null : await readPreset(preset);
    const config = resume ? await configOfRun(resume) : await loadRunConfig(file ?? null, overrides, tables, under);
    if (printConfig) {
      out.result(config, formatRunConfig(config, tables).trimEnd());
      return undefined;
    }
    const { name: model, variant, kind } = await fetchModel(config.model, { variant: config.variant, offline }, out);
    if (dryRun) {
      await printDryRun({ ...config, model, variant }, offline, out);
      return undefined;
    }
    const run = resume
      ? await resumeRun(resume, { offline })
      : await startRun({ ...config, model, variant }, { offline });
    if (config.train.device !== 'cpu') out.note(`Computing on ${run.device.device}: ${run.device.why}`);
    const pairsPerStep = run.config.train.batch * run.config.train.accumulate;
    const resumeCommand = `npx bradley train --resume ${run.folder}`;
    const { status } = await followRun(run.folder, { pid: run.pid, pairsPerStep, resumeCommand, out });
    if (status !== 'finished') return undefined;
    const lora = run.config.adapter.kind === 'lora';
    const path = join(run.folder, resultName(run.config.adapter, kind));
    const flags = lora || kind === 'file' ? flagsOf(run.config) : ''; // a folder that was written says all itself
    const named = `--model ${lora ? model : path}${flags}${lora ? ` --lora ${path}` : ''}`;
    const again = `npx bradley sample ${named} --prompt "…" --output out`;
    const pictures = run.config.validate.every === null ? null : join(run.folder, validationFolder, validationPage);
    // With --json every line of stdout is an object: the records of the run, then this one.
    if (out.json) out.row({ folder: run.folder, result: path });
    else
      out.result(
        { folder: run.folder, result: path },
        [
          `Wrote ${path}`,
          ...(pictures !== null && existsSync(pictures) ? [`Pictures of its steps: ${pictures}`] : []),
          `Look at it with: ${again}`,
        ].join('\n'),
      );
    return undefined;
  },
});

/** What a run takes: at once where it does not fit, else with the time of three steps. */
async function printDryRun(wanted: RunConfig, offline: boolean, out: Out): Promise<void> {
  const { dryRun, timeRun } = await import('../run/needs/dry-run.js');
  const { formatDuration, formatNeeds } = await import('../run/needs/format-dry-run.js');
  const { check, ...found } = await dryRun(wanted, { offline });
  if (!out.json) out.result({}, formatNeeds(found));
  await check();
  const time = await timeRun(found.config, found.counts);
  out.result({ ...found, time }, `\n${formatDuration(time, found)}`);
}

/** The flags that open the model of a run again, where they are not the default. */
function flagsOf({ variant, tokenizer, predictionType, modelConfig }: RunConfig): string {
  const flags = { variant, tokenizer, 'prediction-type': predictionType, 'model-config': modelConfig };
  return Object.entries(flags)
    .map(([flag, value]) => (value === null ? '' : ` --${flag} ${value}`))
    .join('');
}
