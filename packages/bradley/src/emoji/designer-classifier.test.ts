import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { designerAccuracy, openDesignerClassifier } from './designer-classifier.js';
import { designerConfigSchema, designerLoss } from './designer-network.js';
import { readEmojiNames } from './names.js';
import { readEmojiPictures } from './pictures.js';
import { designerRecipe, isValidationName, trainDesignerClassifier } from './train-designer-classifier.js';

const names = await readEmojiNames();
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'designer-'));
});
afterAll(() => rm(folder, { recursive: true }));

const parameters = (loss: ReturnType<typeof designerLoss>) =>
  loss.trainables.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);

it('has fewer than a hundred thousand parameters', () =>
  expect(parameters(designerLoss(designerRecipe.config, 2, 0))).toBeLessThan(100_000));

it('chooses recipes on a sixth of the training names, about', () => {
  const train = names.filter(({ split }) => split === 'train');
  const share = train.filter(({ name }) => isValidationName(name)).length / train.length;
  expect(share).toBeGreaterThan(0.1);
  expect(share).toBeLessThan(0.2);
});

it('learns in a few steps that it writes, and reads back to judge', async () => {
  const config = designerConfigSchema.parse({
    frequencies: 8,
    colour_channels: 16,
    texture_channels: [8],
    hidden_channels: 8,
  });
  const train = { ...designerRecipe.train, steps: 12, batch: 8, warmup: 2, checkpointEvery: 12 };
  const accuracies = await trainDesignerClassifier({
    model: null,
    judgeOn: 'validation',
    runs: join(folder, 'runs'),
    output: join(folder, 'model'),
    recipe: { ...designerRecipe, config, train },
    threads: 1,
  });
  expect(accuracies?.[0]?.total).toBe(
    3 * names.filter(({ name, split }) => split === 'train' && isValidationName(name)).length,
  );
  expect(accuracies?.map(({ strength }) => strength)).toEqual([null]);
});

describe('the classifier that ships', async () => {
  const classifier = await openDesignerClassifier(undefined, { threads: 1 });
  const few = await readEmojiPictures(undefined, names.filter(({ split }) => split === 'heldout').slice(0, 24));
  afterAll(() => classifier.release());

  it('tells the designer of pictures whose names it never saw', async () => {
    const { count, total } = await designerAccuracy(classifier, few);
    expect(total).toBe(72);
    expect(count / total).toBeGreaterThan(0.85);
  });

  it('gives each picture probabilities that do not depend on its neighbours', async () => {
    const images = few.slice(0, 18).map(({ image }) => image);
    const together = await classifier.classify(images);
    const [alone] = await classifier.classify(images.slice(17));
    for (const { probabilities } of together) expect(probabilities.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    alone?.probabilities.forEach((p, i) => {
      expect(p).toBeCloseTo(together[17]?.probabilities[i] ?? Number.NaN, 5);
    });
  });

  it('refuses a picture of another size', async () => {
    await expect(classifier.classify([new Float32Array(3 * 32 * 32)])).rejects.toThrow(
      /expected \(3, 64, 64\) = 12288/,
    );
  });
});
