import { readFileSync } from 'node:fs';
import { backward, graph, importOnnx, input, mul, readOnnx, size, sum, type Value } from '@bradley/graph';
import { evaluate, normal } from '@bradley/runtime';
import * as ort from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { difference, fixture } from './fixture.test-support.js';

interface Case {
  readonly name: string;
  /** A model of one operator or a few, base64. */
  readonly model: string;
  /** Added to what is fed, where the operator needs it. */
  readonly shift?: number;
}

const { cases } = JSON.parse(readFileSync(fixture('onnx/operators.json'), 'utf8')) as { cases: readonly Case[] };
const nowhere = (): never => {
  throw new Error('no external data here');
};

it.each(cases)(
  '$name gives what ONNX Runtime gives, and its gradient is the slope of that',
  async ({ model, shift = 0 }) => {
    const bytes = new Uint8Array(Buffer.from(model, 'base64'));
    const source = readOnnx(bytes, { label: 'case', file: null, external: { source: nowhere, read: nowhere } });
    const ports = source.inputs.map(({ name, shape }) => ({ name, shape: shape as number[] }));
    const random = (stream: string, n: number) => normal({ seed: 11, stream, step: 0, index: 0 }, n);
    const feeds = Object.fromEntries(
      ports.map(({ name, shape }) => [name, random(name, size(shape)).map((x) => x + shift)]),
    );
    const along = Object.fromEntries(ports.map(({ name, shape }) => [name, random(`v${name}`, size(shape))]));

    const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 3 });
    const theirs = async (step: number): Promise<Float32Array> => {
      const moved = ports.map(({ name, shape }) => {
        const data = (feeds[name] as Float32Array).map((x, i) => x + step * (along[name]?.[i] as number));
        return [name, new ort.Tensor('float32', data, shape)] as const;
      });
      return (await session.run(Object.fromEntries(moved))).y0?.data as Float32Array;
    };
    const expected = await theirs(0);

    const x = ports.map(({ name, shape }) => input(name, shape));
    const y = importOnnx(source, Object.fromEntries(ports.map(({ name }, i) => [name, x[i] as Value]))).y0 as Value;
    const weights = random('w', expected.length);
    const gradients = backward(sum(mul(y, input('w', y.shape))), x);
    const results = await evaluate(graph({ y, ...Object.fromEntries(gradients.map((g, i) => [`g${i}`, g])) }), {
      ...feeds,
      w: weights,
    });
    expect(difference(results.y?.data as Float32Array, expected)).toBeLessThan(2e-6);

    const step = 2e-3;
    const [up, down] = [await theirs(step), await theirs(-step)];
    await session.release();
    const slope = weights.reduce(
      (total, w, i) => total + (w * ((up[i] as number) - (down[i] as number))) / (2 * step),
      0,
    );
    const terms = ports.flatMap(({ name }, i) => {
      const g = results[`g${i}`]?.data as Float32Array;
      return Array.from(g, (value, k) => value * (along[name]?.[k] as number));
    });
    const scale = terms.reduce((total, term) => total + Math.abs(term), 0);
    expect(Math.abs(terms.reduce((a, b) => a + b, 0) - slope)).toBeLessThan(5e-3 * (scale + 1));
  },
);
