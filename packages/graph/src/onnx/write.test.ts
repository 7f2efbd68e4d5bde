import { fromBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { backward } from '../gradients/backward.js';
import { type Graph, graph } from '../graph.js';
import { cast, exp, mul } from '../ops/elementwise.js';
import { gather, scatterAdd } from '../ops/gather.js';
import { constant, input, weight } from '../ops/leaf.js';
import { sum } from '../ops/reduce.js';
import { reshape } from '../ops/shape.js';
import { block } from '../recompute.js';
import type { Value } from '../value.js';
import { type GraphProto, ModelProtoSchema } from './onnx_pb.js';
import { toOnnx } from './write.js';

function written(from: Graph): GraphProto {
  const { graph: proto } = fromBinary(ModelProtoSchema, toOnnx(from).bytes);
  if (!proto) throw new Error('a model holds a graph');
  return proto;
}

/** Every name that is read before it is made, or made twice. */
function faults({ input: inputs, initializer, node, output }: GraphProto): string[] {
  const made = new Set<string>();
  const missing: string[] = [];
  const make = (name: string): unknown => (made.has(name) ? missing.push(`${name} twice`) : made.add(name));
  for (const { name } of [...inputs, ...initializer]) make(name);
  for (const { input: reads, output: makes } of node) {
    missing.push(...reads.filter((name) => name !== '' && !made.has(name)));
    for (const name of makes) make(name);
  }
  return [...missing, ...output.map(({ name }) => name).filter((name) => !made.has(name))];
}

describe('a written model', () => {
  it('makes every name before it is read, whatever the graph returns', () => {
    const [x, table] = [input('x', [2, 3]), input('table', [5, 3])];
    const y = exp(mul(x, 2));
    const again = block(() => exp(exp(y)));
    const rows = constant([4, 0], [2], 'int64');
    const frozen = weight('w', [3], 'float16', { file: '/models/w.safetensors', offset: 64, length: 6 });
    const everything = graph({
      y,
      'the same again': y,
      'an input': x,
      'a constant': constant([1, 2]),
      'a frozen tensor': frozen,
      widened: cast(frozen, 'float32'),
      rows: gather(table, rows),
      updated: scatterAdd(table, rows, x),
      gradient: backward(sum(again), [x], { recompute: true })[0] as Value,
    });
    expect(faults(written(everything))).toEqual([]);
  });

  it('calls a weight by its name in the checkpoint, and one that shares it with an input by another', () => {
    const source = { file: '/models/w.safetensors', offset: 64, length: 12 };
    const [free, shared] = [weight('free', [3], 'float32', source), weight('x', [3], 'float32', source)];
    const from = graph({ y: mul(mul(input('x', [3]), free), shared) });
    const proto = written(from);
    expect(faults(proto)).toEqual([]);
    expect(proto.initializer.map(({ name }) => name)).toEqual(['free', expect.stringMatching(/^v\d+_0$/)]);
    expect(toOnnx(from).weights.get('free')).toEqual(source);
  });

  it('names the domains that its nodes are of, and no others', () => {
    const { opsetImport } = fromBinary(ModelProtoSchema, toOnnx(graph({ y: exp(input('x', [2])) })).bytes);
    expect(opsetImport.map(({ domain, version }) => [domain, version])).toEqual([['', 21n]]);
  });

  it('holds a constant that is returned as it is, like the gradient of a scalar that the loss ignores', () => {
    const [toScale] = backward(sum(input('x', [2])), [input('scale', [])]) as [Value];
    const { initializer } = written(graph({ toScale }));
    expect(initializer.map(({ name }) => name)).toEqual(['toScale']);
  });

  it('refuses an output with the name of another value that is an input', () => {
    expect(() => toOnnx(graph({ x: exp(input('x', [2])) }))).toThrow(
      "an output and an input are both called 'x', but are different values: rename one",
    );
  });

  it('ends with what only the caller reads, the earliest last, where blocks are recomputed', () => {
    const x = input('x', [2]);
    const h = exp(x);
    const y = block(() => exp(exp(h)));
    const [toX, loss] = [backward(sum(y), [x], { recompute: true })[0] as Value, sum(y)];
    const { node } = written(graph({ toX, loss }));
    expect(node.map(({ output }) => output[0]).slice(-2)).toEqual(['loss', 'toX']);
  });

  it('reads frozen tensors where they lie, by a location from the root', () => {
    const w = weight('w', [3], 'float32', { file: '/models/w.safetensors', offset: 64, length: 12 });
    const [tensor] = written(graph({ y: exp(w) })).initializer;
    expect(tensor?.externalData.map(({ key, value }) => [key, value])).toEqual([
      ['location', 'models/w.safetensors'],
      ['offset', '64'],
      ['length', '12'],
    ]);
  });

  it('tells what it takes and gives', () => {
    const { inputs, outputs } = toOnnx(graph({ y: cast(input('ids', [2, 4], 'int64'), 'float32') }));
    expect(inputs).toEqual([{ name: 'ids', dtype: 'int64', shape: [2, 4] }]);
    expect(outputs).toEqual([{ name: 'y', dtype: 'float32', shape: [2, 4] }]);
  });
});

describe('hidden shapes', () => {
  const proto = (hideShapes: boolean) => {
    const y = reshape(exp(input('x', [2, 3])), [3, 2]);
    const model = fromBinary(ModelProtoSchema, toOnnx(graph({ y, z: reshape(y, [6]) }), { hideShapes }).bytes);
    return model.graph as GraphProto;
  };
  const declared = ({ input: [x] }: GraphProto) =>
    x?.type?.value.case === 'tensorType' && x.type.value.value.shape !== undefined;

  it('are neither declared by inputs nor constant in reshapes, but computed from what is fed', () => {
    const { node } = proto(true);
    expect(declared(proto(true))).toBe(false);
    const made = new Map(node.flatMap((of) => of.output.map((name) => [name, of])));
    const shapes = node
      .filter(({ opType }) => opType === 'Reshape')
      .map(({ input: [, shape] }) => made.get(shape ?? ''));
    expect(shapes.map((of) => of?.opType)).toEqual(['Add', 'Add']);
    expect(faults(proto(true))).toEqual([]);
  });

  it('are plain otherwise', () => {
    expect(declared(proto(false))).toBe(true);
    expect(proto(false).node.map(({ opType }) => opType)).toEqual(['Exp', 'Reshape', 'Reshape']);
  });
});
