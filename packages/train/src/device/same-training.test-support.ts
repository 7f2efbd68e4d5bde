import type { DeviceName } from '@bradley/runtime';
import { expect } from 'vitest';
import type { OptimizerName } from '../optimizers/index.js';
import {
  givenGradients,
  onDevice,
  onHost,
  someShapes,
  startingAnywhere,
  trainBy,
} from './given-gradients.test-support.js';

/** Trains four steps on the host and on a device; every loss, norm and number of the state must agree, relative or below 1. */
export async function expectSameTraining(
  device: DeviceName,
  settings: { optimizer: OptimizerName; options: Readonly<Record<string, unknown>>; average: boolean },
  tolerance: number,
): Promise<void> {
  const of = givenGradients(someShapes);
  const [here, there] = [startingAnywhere(of), startingAnywhere(of)];
  const host = await onHost(of, here, settings);
  const kept = await onDevice(device, of, there, settings);
  const [want, got] = [await trainBy(host, here, 1, 4), await trainBy(kept, there, 1, 4)];
  want.forEach(({ loss, norm }, i) => {
    expectClose(got[i]?.loss, loss, 10 * tolerance, `loss ${i}`); // a sum of terms of both signs
    expectClose(got[i]?.norm, norm, tolerance, `norm ${i}`);
  });
  const [wanted, found] = [await host.read(), await kept.read()];
  expect(found.parameters).toBe(there.values);
  const flats = [
    ['parameters', wanted.parameters, found.parameters],
    ['average', wanted.average, found.average],
    ...Object.keys(wanted.optimizer).map((name) => [name, wanted.optimizer[name], found.optimizer[name]] as const),
  ] as const;
  expect(Object.keys(found.optimizer)).toEqual(Object.keys(wanted.optimizer));
  for (const [name, expected, values] of flats) {
    expect(values?.length, name).toBe(expected?.length);
    expected?.forEach((value, i) => {
      expectClose(values?.[i], value, tolerance, `${name}[${i}]`);
    });
  }
  await Promise.all([host.release(), kept.release()]);
}

function expectClose(got: number | undefined, want: number, tolerance: number, what: string): void {
  expect(Math.abs((got ?? Number.NaN) - want), what).toBeLessThan(tolerance * Math.max(1, Math.abs(want)));
}
