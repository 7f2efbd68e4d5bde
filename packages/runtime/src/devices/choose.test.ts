import { describe, expect, it } from 'vitest';
import { chooseDevice, fastest, tryDeviceApart } from './choose.js';
import { deviceNames, whyMissing } from './table.js';
import type { Trial } from './trial.js';

const trial = (device: Trial['device'], of: Partial<Trial>): Trial => ({
  device,
  reason: null,
  error: 0,
  speed: 1,
  ...of,
});

describe('auto', () => {
  it('takes the fastest that computes right numbers, and says what it knows of the others', () => {
    const trials = [
      trial('cpu', { speed: 150 }),
      trial('webgpu', { speed: 2 }),
      trial('cuda', { reason: 'its numbers are off by 2.0e-2 of the largest', speed: 9000 }),
      trial('dml', { reason: 'no such thing', speed: null }),
    ];
    expect(fastest(trials)).toEqual({
      device: 'cpu',
      why:
        'the fastest that computes right numbers (cpu 150 GFLOP/s; webgpu 2 GFLOP/s; cuda cannot be used: its numbers are off by ' +
        '2.0e-2 of the largest; dml cannot be used: no such thing)',
    });
    expect(fastest([...trials, trial('coreml', { speed: 700 })]).device).toBe('coreml');
  });

  it('names every device of the table', async () => {
    const { why } = await chooseDevice('auto');
    for (const name of deviceNames) expect(why).toContain(name);
  });
});

describe('a device that is asked for', () => {
  const missing = deviceNames.filter((name) => whyMissing(name) !== null);

  it.each(missing)('%s is not replaced by another where it is missing', async (name) => {
    await expect(chooseDevice(name)).rejects.toThrow(`device ${name}`);
  });

  it('is the CPU without trying anything', async () => {
    expect(await chooseDevice('cpu')).toEqual({ device: 'cpu', why: 'asked for' });
  });

  it('has been seen to compute right numbers in another process', async () => {
    expect(await tryDeviceApart('cpu')).toEqual({ device: 'cpu', reason: null, error: 0, speed: expect.any(Number) });
  });
});
