import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readSafetensors, toFloat32 } from '@bradley/formats';
import { describe, expect, it } from 'vitest';
import { optimizerNames } from '../optimizers/index.js';
import { parameterBuffer } from '../parameter-buffer.js';
import {
  batchOf,
  givenGradients,
  onDevice,
  onHost,
  someShapes,
  startingAnywhere,
  trainBy,
  variants,
} from './given-gradients.test-support.js';
import { expectSameTraining } from './same-training.test-support.js';

describe.each(variants)('%s with %j, its state kept on a device', (optimizer, options) => {
  it('trains as it does on the host', async () =>
    expectSameTraining('cpu', { optimizer, options, average: true }, 2e-6));

  it("goes on from a host's checkpoint, and the host from its", async () => {
    const of = givenGradients(someShapes);
    const settings = { optimizer, options, average: true };
    const whole = startingAnywhere(of);
    const uninterrupted = await onHost(of, whole, settings);
    await trainBy(uninterrupted, whole, 1, 6);
    const moved = startingAnywhere(of);
    const first = await onHost(of, moved, settings);
    await trainBy(first, moved, 1, 2);
    const second = await onDevice('cpu', of, parameterBuffer(of.trainables), settings);
    await second.write(await first.read());
    await trainBy(second, moved, 3, 4);
    const end = parameterBuffer(of.trainables);
    const third = await onHost(of, end, settings);
    await third.write(await second.read());
    await trainBy(third, end, 5, 6);
    const [want, got] = [await uninterrupted.read(), await third.read()];
    want.parameters.forEach((value, i) => {
      expect(Math.abs((got.parameters[i] as number) - value)).toBeLessThan(2e-6 * Math.max(1, Math.abs(value)));
    });
    await Promise.all([uninterrupted, first, second, third].map((learner) => learner.release()));
  });
});

describe('against torch', async () => {
  const at = (file: string): string => fileURLToPath(new URL(`../../../../fixtures/${file}`, import.meta.url));
  const { runs, tolerance } = JSON.parse(readFileSync(at('optim.json'), 'utf8'));
  const { tensors } = await readSafetensors(at('optim.io.safetensors'));
  const names = [...tensors.keys()].filter((key) => key.startsWith('in.p0.')).map((key) => key.slice('in.p0.'.length));
  const floats = (key: string): Float32Array => toFloat32(tensors.get(key) as never);

  it.each(Object.keys(runs))('%s agrees with five steps of the fixture', async (run) => {
    const { lr: learningRate, ...params } = runs[run];
    const options = Object.fromEntries(
      Object.entries(params).map(([key, value]) => [key.replace(/_(\w)/g, (_, c: string) => c.toUpperCase()), value]),
    );
    const optimizer = optimizerNames.find((name) => run === name || run.startsWith(`${name}_`));
    if (!optimizer) throw new Error(`the run ${run} names no optimiser`);
    const of = givenGradients(
      Object.fromEntries(names.map((name) => [name, tensors.get(`in.p0.${name}`)?.shape ?? []])),
    );
    const parameters = parameterBuffer(of.trainables);
    for (const name of names) parameters.views[name]?.set(floats(`in.p0.${name}`));
    const learner = await onDevice('cpu', of, parameters, { optimizer, options, average: false });
    let step = 1;
    for (; tensors.has(`${run}.p.${step - 1}.${names[0]}`); step++) {
      const gradients = parameterBuffer(of.trainables);
      for (const name of names) gradients.views[name]?.set(floats(`in.g.${step - 1}.${name}`));
      await learner.accumulate(batchOf(parameters, gradients.values));
      await learner.update({ step, learningRate, gradientScale: 1 }, 0);
      await learner.read();
      for (const name of names) {
        const want = floats(`${run}.p.${step - 1}.${name}`);
        const largest = want.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
        want.forEach((v, i) => {
          expect(Math.abs((parameters.views[name]?.[i] as number) - v) / largest).toBeLessThan(tolerance.out_rel);
        });
      }
    }
    expect(step).toBeGreaterThan(3);
    await learner.release();
  });
});
