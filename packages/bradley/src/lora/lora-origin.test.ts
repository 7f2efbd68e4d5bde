import { join } from 'node:path';
import { type LoraModules, loraLayoutNames, writeLora } from '@bradley/formats';
import { loraBaseOf, openDiffusionModel, writeSingleFile } from '@bradley/models';
import { joinLearntFrom, type LearntFrom, learntFromMetadata, promptKey } from '@bradley/preferences';
import { beforeAll, expect, it } from 'vitest';
import { originOfLora, originOfModel } from '../evaluate/origin.js';
import { tinyWorkplace } from '../run/tiny-model.test-support.js';
import { everyLayerLora, widenModel } from './lora.test-support.js';
import { convertLora, mergeLoraFiles, resizeLoraFile } from './lora-files.js';
import { parseLoraUse } from './use-lora.js';

let base: string;
let first: LoraModules;
const path = (name: string) => join(base, name);
const open = (name = 'model') => openDiffusionModel(path(name));

beforeAll(async () => {
  base = await tinyWorkplace();
  await widenModel(path('model'));
  first = await everyLayerLora(path('model'), 1);
  await writeLora(path('first.safetensors'), 'diffusers', first, { base: loraBaseOf(await open()) }); // says nothing
});

const merge = async (model: string, uses: string[], output: string) =>
  mergeLoraFiles(await open(model), uses.map(parseLoraUse), path(output));

it('a merged model says what it learnt from, as the model and all LoRAs say it, and that it is not all where one does not', async () => {
  const known = { base: loraBaseOf(await open()) };
  const told = async (name: string, rater: string): Promise<LearntFrom> => {
    const seen = { raters: [rater], prompts: [promptKey(rater)] };
    await writeLora(path(`${name}.safetensors`), 'diffusers', first, {
      ...known,
      metadata: learntFromMetadata(seen),
    });
    return seen;
  };
  const [anna, ben] = [await told('of-anna', 'anna'), await told('of-ben', 'ben')];
  expect((await merge('model', [path('of-anna.safetensors')], 'one')).saysOrigin).toBe(true);
  expect(await originOfModel(path('one'))).toEqual(anna);
  await merge('one', [path('of-ben.safetensors')], 'two');
  expect(await originOfModel(path('two'))).toEqual(joinLearntFrom(anna, ben));
  expect((await merge('two', [path('first.safetensors')], 'three')).saysOrigin).toBe(false);
  expect(await originOfModel(path('three'))).toEqual({ ...joinLearntFrom(anna, ben), incomplete: true });
  expect(await originOfModel(path('model'))).toBeNull();

  const mergeFile = async (from: string, lora: string, to: string) => {
    const model = await openDiffusionModel(path(from), { modelConfig: path('model') });
    await mergeLoraFiles(model, [parseLoraUse(path(lora))], path(to));
    return originOfModel(path(to));
  };
  await writeSingleFile(path('alone.safetensors'), await open());
  expect(await mergeFile('alone.safetensors', 'of-anna.safetensors', 'file-one.safetensors')).toEqual(anna);
  expect(await mergeFile('file-one.safetensors', 'of-ben.safetensors', 'file-two.safetensors')).toEqual(
    joinLearntFrom(anna, ben),
  );
  expect(await mergeFile('file-two.safetensors', 'first.safetensors', 'file-three.safetensors')).toEqual({
    ...joinLearntFrom(anna, ben),
    incomplete: true,
  });
});

it.each(loraLayoutNames)('keeps what a LoRA learnt from in %s names, and when it is resized', async (layout) => {
  const teacher = { rater: 'scorer:r@01', raters: ['anna'], prompts: [promptKey('a boat')] };
  const seen = { raters: ['scorer:r@01'], prompts: [promptKey('a fox')], teachers: [teacher] };
  const model = await open();
  const told = path(`told-${layout}.safetensors`);
  await writeLora(told, 'diffusers', first, { base: loraBaseOf(model), metadata: learntFromMetadata(seen) });
  const [converted, resized] = [path(`converted-${layout}.safetensors`), path(`resized-${layout}.safetensors`)];
  await convertLora(told, converted, layout, model);
  await resizeLoraFile(converted, resized, { rank: 1 }, model);
  expect([await originOfLora(converted), await originOfLora(resized)]).toEqual([seen, seen]);
});
