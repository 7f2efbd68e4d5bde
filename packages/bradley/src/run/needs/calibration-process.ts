import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { normal } from '@bradley/runtime';
import { frozenPart, type GroupDataset, openPreferences } from '@bradley/train';
import { parseRunConfig } from '../../config/load-run-config.js';
import { modelOptionsOf, openModel } from '../../open-model.js';
import { tables } from '../../tables.js';
import { peakMemory } from '../peak-memory.js';
import { settingsOf } from '../settings.js';
import type { Calibration } from './calibration.js';
import { datasetOf } from './run-needs.js';

/** Three steps of the run whose config lies in a folder, on groups of so many: `node calibration-process.js <folder> <sides>`. Prints what they took. */
const [folder, sides] = [process.argv[2], Number(process.argv[3])];
if (!folder || !(sides >= 2)) throw new Error('usage: node calibration-process.js <folder> <sides>');
const name = join(folder, 'config.json');
const config = parseRunConfig(await readFile(name, 'utf8'), name, {}, tables);
const model = await openModel(config.model, { ...modelOptionsOf(config), offline: true });
const { part } = await frozenPart(model.unet, config.train.frozenWeights, folder);
const settings = settingsOf(config);
const began = performance.now();
const { learner, parameters, batch } = await openPreferences(model, madeUp(), {
  ...settings,
  frozen: part,
  references: () => Array<number>(sides).fill(1),
});
const loadSeconds = since(began);
const passSeconds: number[] = [];
const updateSeconds: number[] = [];
for (const step of [1, 2, 3]) {
  const start = performance.now();
  await learner.accumulate(await batch(step - 1));
  passSeconds.push(since(start));
  const computed = performance.now();
  await learner.gradientNorm(1);
  const update = { step, learningRate: settings.plan.learningRate, gradientScale: 1 };
  await learner.update(update, settings.plan.ema?.decay ?? 0);
  updateSeconds.push(since(computed));
}
const took: Calibration = { loadSeconds, passSeconds, updateSeconds, peak: await peakMemory() };
await learner.release();
console.log(JSON.stringify({ ...took, parameters: parameters.values.length }));

function since(start: number): number {
  return (performance.now() - start) / 1000;
}

/** As many groups as a batch has, of noise. */
function madeUp(): GroupDataset {
  const shapes = datasetOf(model, config, { softLabels: false, sides });
  const [square] = shapes.shapes;
  const count = (shape: readonly number[] = []): number => shape.reduce((product, n) => product * n, 1);
  const draw = (stream: string, length: number): Float32Array => normal({ seed: 0, stream, step: 0, index: 0 }, length);
  const image = (side: string) => ({
    geometry: [square?.height ?? 0, square?.width ?? 0, 0, 0],
    content: side,
    key: side,
  });
  const { encoderHiddenStates, textEmbeds } = shapes.conditions;
  const latent = count(square?.latent);
  const empty = { key: 'prompt' };
  const images = Array.from({ length: sides }, (_, side) => image(`${side}`));
  const phi = images.map((_, side) => 1 - side / (sides - 1));
  const group = { prompt: '', phi, images, conditions: empty, shape: 0 };
  return {
    ...shapes,
    groups: Array.from({ length: settings.batch }, (_, i) => ({ ...group, id: `${i}` })),
    empty,
    readImage: async ({ key }) => ({ mean: draw(key, latent), logvar: new Float32Array(latent).fill(-10) }),
    readPrompt: async () => ({
      encoderHiddenStates: draw('prompt', count(encoderHiddenStates)),
      textEmbeds: textEmbeds ? draw('pooled', count(textEmbeds)) : null,
    }),
  };
}
