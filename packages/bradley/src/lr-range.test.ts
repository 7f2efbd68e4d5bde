import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { learningRateRange } from './lr-range.js';
import { tinyRun, tinyWorkplace } from './run/tiny-model.test-support.js';

let base: string;
beforeAll(async () => {
  base = await tinyWorkplace();
});

const sweep = { from: 1e-4, to: 1, sweep: 12, probe: 2 };

describe('a learning-rate range test', () => {
  it('begins at log 2, leaves run and model alone, and writes what it found beside them', async () => {
    const weights = join(base, 'model/unet/diffusion_pytorch_model.safetensors');
    const before = await stat(weights);
    const { folder, points } = await learningRateRange(tinyRun(base, 'run'), sweep);
    expect(points[0]?.loss).toBeCloseTo(Math.LN2, 6);
    expect(folder).toBe(join(base, 'run-lr-range'));
    expect((await readdir(folder)).sort()).toEqual(['lr-range.html', 'lr-range.json', 'run.yaml']);
    const record = JSON.parse(await readFile(join(folder, 'lr-range.json'), 'utf8'));
    expect(record.points).toHaveLength(points.length);
    expect(record.rule).toContain('a tenth of the edge');
    const page = await readFile(join(folder, 'lr-range.html'), 'utf8');
    expect(page).toContain("default-src 'none'");
    expect(page).toContain('<svg');
    expect(await readdir(base)).not.toContain('run');
    expect((await stat(weights)).mtimeMs).toBe(before.mtimeMs);
  });

  it('is the same each time, for an objective without a reference too', async () => {
    const config = tinyRun(base, 'again', { 'objective.name': 'mapo', 'train.accumulate': 2 });
    const { points } = await learningRateRange(config, { ...sweep, sweep: 5 });
    expect((await learningRateRange(config, { ...sweep, sweep: 5 })).points).toEqual(points);
    expect(points.at(-1)?.chosenRise).not.toBeNull();
  });

  it('refuses to sweep down', async () => {
    await expect(learningRateRange(tinyRun(base, 'down'), { ...sweep, to: 1e-5 })).rejects.toThrow('does not');
  });
});
