import { describe, expect, it } from 'vitest';
import { tables } from '../tables.js';
import { type Overrides, parseRunConfig } from './load-run-config.js';
import { presetNames, presetSummary, readPreset } from './presets.js';

const own = 'model: sd15\ndata:\n  path: choices.jsonl\noutput: runs/mine\n';
const runOf = async (name: string, file = own, overrides: Overrides = {}) =>
  parseRunConfig(file, 'run.yaml', overrides, tables, await readPreset(name));

describe.each(presetNames)('the preset %s', (name) => {
  it('needs model, data and output, and nothing else', async () => {
    const config = await runOf(name);
    expect(config).toMatchObject({ model: 'sd15', data: { path: 'choices.jsonl' }, output: 'runs/mine' });
    expect(config.validate.every).not.toBeNull();
    const { text } = await readPreset(name);
    expect(text).not.toMatch(/^(model|output):|^ {2}path:/m);
  });

  it('says in a line what it is, and in more where its values are from', async () => {
    const preset = await readPreset(name);
    expect(presetSummary(preset)).toMatch(/^(SD 1\.5|SDXL), (Diffusion-DPO|MaPO|RankDPO), /);
    expect(preset.text).toMatch(/arXiv|What changes from/);
  });
});

describe('a preset', () => {
  it('stands under the file, and the file under the flags', async () => {
    const file = `${own}train:\n  steps: 7\n  warmup: 3\noptimizer:\n  weightDecay: 0.5\n`;
    const { train, optimizer, data } = await runOf('sd15-diffusion-dpo', file, { 'train.steps': 9 });
    expect(train).toMatchObject({ steps: 9, warmup: 3, accumulate: 2048, captionDropout: 0.2 });
    expect(optimizer).toMatchObject({ name: 'adamw', lr: 2.048e-5, weightDecay: 0.5 });
    expect(data).toMatchObject({ path: 'choices.jsonl', resolution: 512, heldOut: 0.01 });
  });

  it('loses its options of a section that the file makes another', async () => {
    const { adapter, objective } = await runOf(
      'sdxl-diffusion-dpo',
      `${own}adapter: { kind: lora }\nobjective: { name: mapo }\n`,
    );
    expect(adapter).toMatchObject({ kind: 'lora', rank: 8 });
    expect(objective).toMatchObject({ name: 'mapo', beta: 0.1 });
  });

  it('leaves the lines of a file’s problems as they are', async () => {
    await expect(runOf('sdxl-mapo', `${own}train:\n  stepz: 3\n`)).rejects.toThrow('train.stepz (line 6)');
    await expect(runOf('sdxl-mapo', '- a\n')).rejects.toThrow('the whole file: expected named values');
  });
});
