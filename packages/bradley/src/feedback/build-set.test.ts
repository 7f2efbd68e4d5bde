import { cp, mkdtemp, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openScorer } from '@bradley/evaluate';
import { writeLora } from '@bradley/formats';
import { loraBaseOf } from '@bradley/models';
import { type Comparison, learntFrom, openComparisons, scorerRater } from '@bradley/preferences';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { everyLayerLora } from '../lora/lora.test-support.js';
import { openModel } from '../open-model.js';
import { tinyWorkplace } from '../run/tiny-model.test-support.js';
import { type BuildSetOptions, buildSet } from './build-set.js';
import { isFor, openRecipe, promptOf, recipes } from './recipes.js';

const emoji = fileURLToPath(new URL('../../../../models/emoji', import.meta.url));
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'build-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('a recipe', () => {
  it("has MaPO's words on either side of the prompt", async () => {
    const { recipe } = await openRecipe('pick-style-cartoon');
    expect(promptOf(recipe.chosen, 'a cat')).toBe('Disney style animated image. a cat');
    expect(promptOf(recipe.rejected, 'a cat')).toBe('Realistic 8k image. a cat');
  });

  it('for safety is for prompts of women only, word by word', () => {
    const safety = recipes['pick-safety'];
    const found = ['A woman reading', 'the girls', 'two GIRL, scouts', 'womanly'].map(
      (prompt) => safety && isFor(safety, prompt),
    );
    expect(found).toEqual([true, false, true, false]);
  });

  it('that is not there, or sets nothing apart, is refused with what there is', async () => {
    await expect(openRecipe('pick-nothing')).rejects.toThrow(/pick-style-cartoon.*\.yaml/);
    await writeFile(join(folder, 'same.yaml'), 'chosen: { suffix: x }\nrejected: { suffix: x }\n');
    await expect(openRecipe(join(folder, 'same.yaml'))).rejects.toThrow(/same\.yaml.*same pictures/s);
  });
});

describe('a set that is built', () => {
  const options = (output: string, changes: Partial<BuildSetOptions> = {}): BuildSetOptions => ({
    recipe: {
      name: 'warm',
      recipe: {
        chosen: { prefix: '', suffix: '', look: { warm: 1, light: 0, vivid: 0.5 } },
        rejected: { prefix: '', suffix: '' },
      },
    },
    ...{
      prompts: ['alien', 'pizza', 'anchor'],
      model: emoji,
      adapter: null,
      steps: 4,
      guidance: 1,
      seed: 7,
      filter: null,
    },
    output: join(folder, output),
    ...changes,
  });
  const read = async (path: string): Promise<Comparison[]> => {
    const found: Comparison[] = [];
    for await (const row of await openComparisons(path)) if ('record' in row) found.push(row.record);
    return found;
  };

  it('has the recipe’s side first and the plain prompt, and goes on where it was stopped', async () => {
    const built = await buildSet(options('whole'));
    expect(built).toMatchObject({ pairs: 3, leftOut: 0, filtered: 0, alike: 0 });
    const records = await read(built.path);
    expect(records.map(({ prompt }) => prompt)).toEqual(['alien', 'pizza', 'anchor']);
    expect(records.map(({ candidates }) => candidates[0]?.seed)).toEqual([7, 8, 9]);
    expect(records[0]).toMatchObject({ outcome: { kind: 'winner', index: 0 }, rater: 'recipe:warm' });

    await cp(join(folder, 'whole'), join(folder, 'cut'), { recursive: true });
    await rm(join(folder, 'cut', 'comparisons.jsonl'));
    const log = join(folder, 'cut', 'drawn.jsonl');
    await truncate(log, (await stat(log)).size - 20); // killed in the middle of a line
    const drawn: number[] = [];
    const again = await buildSet(options('cut', { onProgress: (done) => drawn.push(done) }));
    expect(drawn).toEqual([2, 3]);
    expect(await readFile(again.path, 'utf8')).toBe(await readFile(built.path, 'utf8'));
  });

  it('is drawn anew where other weights have come to lie at the place of the model or of the LoRA', async () => {
    const base = await tinyWorkplace();
    const model = join(base, 'model');
    const drawn: number[] = [];
    const draw = (adapter: string | null) => {
      drawn.length = 0;
      const onProgress = (done: number): void => void drawn.push(done);
      return buildSet(options('anew', { model, adapter, prompts: ['pizza'], steps: 2, onProgress }));
    };
    await draw(null);
    await draw(null);
    expect(drawn).toEqual([1]);
    await utimes(join(model, 'unet/diffusion_pytorch_model.safetensors'), 1, 1);
    await draw(null);
    expect(drawn).toEqual([0, 1]);
    const lora = join(base, 'lora.safetensors');
    for (const seed of [1, 2]) {
      await writeLora(lora, 'diffusers', await everyLayerLora(model, seed), {
        base: loraBaseOf(await openModel(model)),
      });
      await draw(lora);
      expect(drawn).toEqual([0, 1]);
    }
  });

  it('leaves out pairs whose chosen picture a scorer does not think enough of', async () => {
    const scorer = await openScorer('colourfulness');
    const records = await read(join(folder, 'whole', 'comparisons.jsonl'));
    expect(records).toHaveLength(3);
    const built = await buildSet(options('whole', { filter: { scorer, least: Number.POSITIVE_INFINITY } }));
    expect(built).toMatchObject({ pairs: 0, filtered: 3 });
    const kept = await buildSet(options('whole', { filter: { scorer, least: Number.NEGATIVE_INFINITY } }));
    expect(kept).toMatchObject({ pairs: 3, filtered: 0 });
    const source = await openComparisons(kept.path);
    const comparisons: Comparison[] = [];
    for await (const row of source) if ('record' in row) comparisons.push(row.record);
    const { raters, teachers } = learntFrom(comparisons, await source.teachers?.());
    expect(raters).toEqual(['recipe:warm', scorerRater(scorer)]); // it has chosen too
    expect(teachers).toEqual([{ rater: scorerRater(scorer), raters: [], prompts: [] }]);
  });
});
