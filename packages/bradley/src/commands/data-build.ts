import { z } from 'zod';
import { command } from '../cli/command.js';
import { UsageError } from '../cli/usage-error.js';
import { modelField, offlineField, singleFileFields, variantField } from '../config/model-fields.js';
import { drawingFields } from '../config/sampling-fields.js';
import { threadsField } from '../config/threads-field.js';

export const dataBuild = command({
  summary: "Draw a preference set by a recipe, as MaPO's Pick-Style and Pick-Safety.",
  description:
    'For each prompt two pictures from the same noise, what the recipe puts before or after the prompt apart; what is learnt from them is the plain ' +
    'prompt. Interrupted, the same command goes on. Recipes: pick-style-cartoon, pick-style-pixel-art, pick-safety, pick-culture, or a YAML file.',
  example: [
    'data build --recipe pick-style-cartoon --prompts prompts.txt --model stabilityai/stable-diffusion-xl-base-1.0 --guidance 5 --output cartoon',
    'data build --recipe warm.yaml --prompts prompts.txt --model models/emoji --filter colourfulness --least 20 --output warm',
  ],
  options: z.object({
    recipe: z.string().min(1).describe('name, or a .yaml file of your own'),
    prompts: z.string().min(1).describe('.txt with one a line, .csv or .jsonl'),
    model: modelField,
    variant: variantField,
    ...singleFileFields,
    offline: offlineField,
    lora: z.string().min(1).optional().describe('LoRA file that both sides are drawn with'),
    ...drawingFields,
    seed: z.int().nonnegative().default(0).describe('of the first prompt; the next one has 1 more'),
    filter: z.string().min(1).optional().describe('scorer of the chosen picture for the plain prompt'),
    least: z.number().optional().describe('with --filter: pairs whose chosen picture gets less are left out'),
    threads: threadsField.optional().describe(threadsField.description ?? ''),
    output: z.string().min(1).describe('folder to write to, or to go on in'),
  }),
  async run({ recipe: named, prompts: file, model: name, variant, offline, filter, least, lora, ...rest }, out) {
    if ((filter === undefined) !== (least === undefined))
      throw new UsageError('--filter, a scorer, and --least, what it must give, go together.');
    const { openScorer, readPromptFile } = await import('@bradley/evaluate');
    const { scorerTable } = await import('../scorers.js');
    const { fetchModel } = await import('../cli/fetch-model.js');
    const { buildSet } = await import('../feedback/build-set.js');
    const { openRecipe } = await import('../feedback/recipes.js');
    const { countProgress } = await import('../cli/count-progress.js');
    const { scorerOptions } = await import('../cli/scorer-options.js');
    const recipe = await openRecipe(named);
    const { prompts } = await readPromptFile(file);
    const scorer =
      filter === undefined
        ? null
        : await openScorer(filter, scorerOptions({ offline, threads: rest.threads }, out), scorerTable);
    const fetched = await fetchModel(name, { variant, offline }, out);
    const { tokenizer, predictionType, modelConfig, ...settings } = rest;
    const count = countProgress(out);
    const built = await buildSet({
      ...settings,
      recipe,
      prompts: [...new Set(prompts.map(({ prompt }) => prompt))],
      model: fetched.path,
      fetch: { variant: fetched.variant, tokenizer, predictionType, modelConfig, offline },
      adapter: lora ?? null,
      filter: scorer && { scorer, least: least as number },
      onProgress: (done, total) => count('pairs', done, total),
    });
    await scorer?.release();
    const left = [
      ...(built.leftOut > 0 ? [`the recipe is not for ${built.leftOut} prompts`] : []),
      ...(built.filtered > 0 ? [`${built.filtered} chosen pictures got less than ${least}`] : []),
      ...(built.alike > 0 ? [`of ${built.alike} both sides are the same picture`] : []),
    ];
    out.result(built, [`Wrote ${built.pairs} comparisons to ${built.path}`, ...left].join('; '));
    return undefined;
  },
});
