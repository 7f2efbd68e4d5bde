import { backward, graph, input, type Value } from '@bradley/graph';
import { evaluate } from '@bradley/runtime';
import { describe, expect, it } from 'vitest';
import { difference, exported, floats, largest } from './fixture.test-support.js';
import { trainOnnx } from './trainables.js';

/** Written by PyTorch's two exporters from models of transformers, opset 13 to 20; see each case's JSON. */
const models = ['gpt2', 'qwen2', 'vit', 'clip_vision', 'resnet', 'convnext', 'segformer'];

describe.each(models)('%s, as PyTorch exported it', (name) => {
  it('gives the outputs of PyTorch, and with every weight promoted its gradients', async () => {
    const { model, facts, output, tensors, feeds, apply } = await exported(name);
    const stored = Object.values(facts.stored).flat();
    const training = trainOnnx(model, { promote: [...new Set(stored.map(({ tensor }) => tensor))] });
    const y = apply(training);
    const cotangent = input('cotangent', y.shape);
    const gradients = backward(
      [{ of: y, gradient: cotangent }],
      training.trainables.map(({ value }) => value),
    );
    const results = await evaluate(
      graph({ y, ...Object.fromEntries(training.trainables.map((t, i) => [`grad/${t.name}`, gradients[i] as Value])) }),
      {
        ...feeds,
        cotangent: floats(tensors, `cot.${output}`),
        ...Object.fromEntries(
          training.trainables.map((t) => [t.name, t.initial.kind === 'stored' ? t.initial.read() : new Float32Array()]),
        ),
      },
    );
    expect(difference(results.y?.data as Float32Array, floats(tensors, `out.${output}`))).toBeLessThan(1e-5);

    const expected = Object.keys(facts.stored).filter((parameter) => tensors.has(`grad.${parameter}`));
    const scale = Math.max(...expected.map((parameter) => largest(floats(tensors, `grad.${parameter}`))));
    const apart = expected.map((parameter): [string, number] => {
      const shape = tensors.get(`grad.${parameter}`)?.shape as number[];
      const parts = (facts.stored[parameter] ?? []).map(({ tensor, transposed }) => {
        const gradient = results[`grad/${tensor}`]?.data as Float32Array;
        return transposed ? turned(gradient, shape as [number, number]) : gradient;
      });
      const sum = parts.reduce((a, b) => a.map((x, i) => x + (b[i] as number)));
      return [parameter, difference(sum, floats(tensors, `grad.${parameter}`), scale)];
    });
    expect(apart.filter(([, relative]) => !(relative < 1e-4))).toEqual([]);
    expect(apart.length).toBeGreaterThan(10);
  });
});

/** (columns, rows) as (rows, columns) */
function turned(x: Float32Array, [rows, columns]: readonly [number, number]): Float32Array {
  return Float32Array.from({ length: x.length }, (_, i) => x[(i % columns) * rows + Math.floor(i / columns)] as number);
}
