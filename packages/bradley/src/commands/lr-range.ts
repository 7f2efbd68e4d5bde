import { z } from 'zod';
import { command } from '../cli/command.js';
import { offlineField } from '../config/model-fields.js';
import { presetField } from '../config/presets.js';
import { runConfigAliases, runConfigSchema } from '../config/run-config.js';
import { tables } from '../tables.js';

export const lrRange = command({
  summary: 'Find a learning rate for a run: train once while it rises.',
  description:
    'Takes what train takes, and trains on the same batches while the learning rate grows from --from to --to. Writes ' +
    '<output>-lr-range beside the folder that the run would have, which is not touched. Costs sweep × (accumulate + probe) ' +
    'forward passes.',
  example: [
    'lr-range run.yaml',
    'lr-range --preset sd15-diffusion-dpo-small-data --model sd15 --data choices.jsonl --output runs/mine --accumulate 8 --sweep 25',
  ],
  positional: ['file'],
  options: z.object({
    file: z.string().min(1).optional().describe('YAML file of the run'),
    preset: presetField.optional(),
    from: z.number().positive().default(1e-6).describe('first learning rate'),
    to: z.number().positive().default(1e-1).describe('last learning rate'),
    sweep: z.int().min(5).default(60).describe('optimiser steps of the sweep'),
    probe: z
      .int()
      .positive()
      .default(4)
      .describe('batches that the loss is looked at on after each step, never trained on'),
    offline: offlineField,
  }),
  overrides: { schema: runConfigSchema(tables), aliases: runConfigAliases },
  async run({ file, preset, from, to, sweep, probe, offline }, out, overrides) {
    const { fetchModel } = await import('../cli/fetch-model.js');
    const { duration } = await import('../cli/progress.js');
    const { loadRunConfig } = await import('../config/load-run-config.js');
    const { readPreset } = await import('../config/presets.js');
    const { learningRateRange } = await import('../lr-range.js');
    const under = preset === undefined ? null : await readPreset(preset);
    const config = await loadRunConfig(file ?? null, overrides, tables, under);
    const { name: model, variant } = await fetchModel(config.model, { variant: config.variant, offline }, out);
    let began = performance.now();
    const found = await learningRateRange(
      { ...config, model, variant },
      {
        from,
        to,
        sweep,
        probe,
        fetch: { offline },
        onNote: out.note,
        onPoint({ learningRate, loss }, done, total) {
          if (done === 0) began = performance.now();
          const left = done === 0 ? null : ((performance.now() - began) / 1000 / done) * (total - done);
          const line = `step ${done}/${total}  learning rate ${learningRate.toExponential(1)}  loss ${loss.toPrecision(4)}`;
          if (out.json) out.row({ step: done, learningRate, loss });
          else out.status(left === null ? line : `${line}  at most ${duration(left)} left`);
        },
      },
    );
    const { folder, suggestion, steepest, edge } = found;
    if (out.json) out.row({ folder, suggestion, steepest, edge });
    else
      out.result(
        { folder, suggestion, steepest, edge },
        [...rateText(found, { from, to }), `Wrote ${folder}/lr-range.html`].join('\n'),
      );
    return undefined;
  },
});

function rateText(
  { suggestion, steepest, edge }: { suggestion: number | null; steepest: number | null; edge: number | null },
  { from, to }: { from: number; to: number },
): string[] {
  const rate = (value: number): string => value.toExponential(1);
  const worse = edge === null ? `not worse up to ${rate(to)}` : `worse than untouched from ${rate(edge)}`;
  if (suggestion === null || steepest === null)
    return [
      `The loss did not fall by as much as can be seen between ${rate(from)} and ${rate(to)}; ${worse}.`,
      edge === null ? 'Raise --to, or --sweep.' : 'Lower --from, raise --sweep, or train on more pairs a step.',
    ];
  return [
    `Begin with --lr ${rate(suggestion)}: the loss falls most steeply at ${rate(steepest)}, and is ${worse}.`,
    'The rule: the smaller of the steepest fall and a tenth of where it gets worse. A start, not an optimum: a run is longer.',
  ];
}
