import { z } from 'zod';
import { command } from '../cli/command.js';
import { UsageError } from '../cli/usage-error.js';
import { modelField, offlineField, singleFileFields, variantField } from '../config/model-fields.js';
import { machineFields, pictureFields } from '../config/sampling-fields.js';
import { seedsField } from '../config/seeds-field.js';
import { placeFields, storeFields } from '../config/store-fields.js';

export const evaluate = command({
  summary: 'Say who wins: models, LoRAs and checkpoints on the same prompts and seeds.',
  description:
    'Draws every prompt and seed by every contestant, has scorers or people judge them, prints win rates over the base with their intervals, and ' +
    'writes results.json and a self-contained report.html. The first judge is the primary one. No improvement is claimed where the judge is not ' +
    'independent of the contestant, or where the interval includes no change. Pictures and scores are kept: killed, the same command goes on.',
  example: [
    'evaluate --model models/emoji --against runs/quickstart --prompts emoji --seeds 0..3 --judge emoji-judge,emoji --output evaluations/quickstart',
    'evaluate --model models/emoji --base first.safetensors --against second.safetensors --prompts prompts.txt --judge emoji --output evaluations/two',
    'evaluate --model models/emoji --against runs/quickstart/checkpoints --prompts emoji --judge emoji,colourfulness --output evaluations/along',
    'evaluate --images out/a --images out/b --judge pickscore --output evaluations/ab',
    'evaluate --model models/emoji --against runs/quickstart --votes votes.jsonl --output evaluations/people',
    'evaluate --model models/emoji --against bradley-arena/runs/my-taste-taste-1:1.5 --project verdict-my-taste-taste-1 --leave-out-learnt --output evaluations/people',
  ],
  options: z.object({
    model: modelField
      .optional()
      .describe('the base that contestants are laid over and compared with: folder, file or owner/name of the hub'),
    variant: variantField,
    ...singleFileFields,
    offline: offlineField,
    base: z
      .string()
      .min(1)
      .optional()
      .describe(
        'a LoRA, run or model that others are compared with instead of --model itself: two LoRAs with each other',
      ),
    against: z
      .array(z.string().min(1))
      .default([])
      .describe(
        'what is compared with the base: LoRA files or folders of runs (file:strength, run:strength), run/checkpoints for all of them, other models',
      ),
    images: z
      .array(z.string().min(1))
      .default([])
      .describe('folders of pictures that bradley sample wrote; without --model the first is the base'),
    prompts: z
      .string()
      .min(1)
      .optional()
      .describe(
        'what is drawn: emoji, a .txt, .csv or .jsonl file, or a published list such as parti:PartiPrompts.tsv',
      ),
    limit: z.int().positive().optional().describe('at most so many prompts, category by category in turn'),
    leaveOutLearnt: z
      .boolean()
      .default(false)
      .describe('leave out prompts that a contestant or judge learnt preferences on'),
    seeds: seedsField.default(['0..3']).describe('one picture a prompt for each, the same noise for every contestant'),
    judge: z
      .array(z.string().min(1))
      .default([])
      .describe('scorers, as name or name:argument (reward list names them); the first is the primary one'),
    votes: z
      .string()
      .min(1)
      .optional()
      .describe(
        'comparisons by people whose candidates name these models: a set in any format that is read, or a snapshot by its name',
      ),
    project: storeFields.project.optional().describe('or those of this project of an arena, as they are now'),
    ...placeFields,
    chunk: z
      .int()
      .positive()
      .optional()
      .describe('mean scores in chunks of so many pictures too, as the HPS v2 benchmark (80)'),
    ...pictureFields,
    batch: z.int().positive().default(8).describe('pictures that are made together'),
    ...machineFields,
    output: z.string().min(1).describe('folder of results.json and report.html'),
    pictures: z
      .string()
      .min(1)
      .optional()
      .describe('folder where drawn pictures are kept for other evaluations too; none is output/pictures'),
  }),
  async run(options, out) {
    const { fetchModel } = await import('../cli/fetch-model.js');
    const { chooseDevice } = await import('@bradley/runtime');
    const { countProgress } = await import('../cli/count-progress.js');
    const { scorerOptions } = await import('../cli/scorer-options.js');
    const { evaluateModels } = await import('../evaluate/evaluate-models.js');
    const { formatEvaluation } = await import('../evaluate/format-evaluation.js');
    const { seedsOf } = await import('../evaluate/seeds.js');
    const { splitScorerSpecs } = await import('@bradley/evaluate');
    const { scorerTable } = await import('../scorers.js');
    const { votes, project, folder, store, media } = options;
    if (votes !== undefined && project !== undefined)
      throw new UsageError('--votes and --project: people vote once. Name one of them.');
    const { offline, tokenizer, predictionType, modelConfig, threads } = options;
    const fetched =
      options.model === undefined ? null : await fetchModel(options.model, { variant: options.variant, offline }, out);
    const { device, why } = await chooseDevice(options.device);
    if (options.device !== 'cpu') out.note(`Computing on ${device}: ${why}`);
    const controller = new AbortController();
    const interrupt = (): void =>
      controller.abort(new Error('stopped; pictures and scores so far are kept, and the same command goes on.'));
    process.once('SIGINT', interrupt);
    const count = countProgress(out);
    const found = await evaluateModels({
      model: fetched?.path ?? null,
      base: options.base ?? null,
      against: options.against,
      images: options.images,
      prompts: options.prompts ?? null,
      limit: options.limit ?? null,
      leaveOutLearnt: options.leaveOutLearnt,
      seeds: seedsOf(options.seeds),
      judges: options.judge.length > 0 ? splitScorerSpecs(options.judge.join(','), scorerTable) : [],
      votes: project === undefined ? (votes ?? null) : { project, folder, store, media },
      chunk: options.chunk ?? null,
      output: options.output,
      pictures: options.pictures ?? null,
      draw: {
        steps: options.steps,
        guidance: options.guidance,
        sampler: options.sampler ?? null,
        height: options.height ?? null,
        width: options.width ?? null,
        batch: options.batch,
        frozenWeights: options.frozenWeights,
        device,
        threads: threads ?? null,
        fetch: { variant: fetched?.variant ?? null, tokenizer, predictionType, modelConfig, offline },
      },
      scorer: scorerOptions({ device, offline, threads, signal: controller.signal }, out),
      onProgress(what, done, total) {
        controller.signal.throwIfAborted();
        count(what, done, total);
      },
      onNote: (text) => out.note(text),
    }).finally(() => process.off('SIGINT', interrupt));
    const { evaluation, report, results } = found;
    out.result(
      { ...evaluation, report, results },
      `${formatEvaluation(evaluation)}\n\nPictures and figures: ${report}`,
    );
    return undefined;
  },
});
