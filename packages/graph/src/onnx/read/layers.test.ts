import { create } from '@bufbuild/protobuf';
import { expect, it } from 'vitest';
import { GraphProtoSchema, TensorProtoSchema } from '../onnx_pb.js';
import { layersOf, type OnnxLayer } from './layers.js';
import { storedTensor } from './tensor.js';

type Nodes = NonNullable<NonNullable<Parameters<typeof create<typeof GraphProtoSchema>>[1]>['node']>;

const refuse = (): never => {
  throw new Error('no external data');
};
const place = { model: new Uint8Array(), file: null, external: { source: refuse, read: refuse } };

/** The layers of nodes over weights of these shapes, in the order of the nodes. */
function layers(weights: Record<string, number[]>, node: Nodes): Omit<OnnxLayer, 'inputs' | 'outputs' | 'kernel'>[] {
  const tensors = Object.entries(weights).map(([name, shape]) => {
    const bytes = new Uint8Array(4 * shape.reduce((a, b) => a * b, 1));
    const tensor = create(TensorProtoSchema, { dims: shape.map(BigInt), dataType: 1, rawData: bytes });
    return [name, storedTensor(tensor, name, place)] as const;
  });
  const found = layersOf(create(GraphProtoSchema, { node }), new Map(tensors));
  return [...found.values()].map(({ path, weight, outFirst, sharedWith }) => ({ path, weight, outFirst, sharedWith }));
}

const product = (w: string, output: string, more: object = {}) => ({
  opType: 'MatMul',
  input: ['x', w],
  output: [output],
  ...more,
});

it('is called as its weight is, else as the module that the exporter noted, else as the tensor', () => {
  const scopes = { key: 'pkg.torch.onnx.name_scopes', value: "['', 'encoder', 'encoder.fc2', 'linear_3']" };
  expect(
    layers({ 'encoder.fc1.weight': [4, 5], 'onnx::MatMul_7': [4, 5], val_3: [4, 5], w: [4, 5] }, [
      product('encoder.fc1.weight', 'a', { name: '/other/MatMul' }),
      product('onnx::MatMul_7', 'b', { name: '/encoder/layers.0/to_q/MatMul' }),
      product('val_3', 'c', { name: 'node_MatMul_3', metadataProps: [scopes] }),
      product('w', 'd', { name: 'MatMul_9' }),
    ]).map(({ path }) => path),
  ).toEqual(['encoder.fc1', 'encoder.layers.0.to_q', 'encoder.fc2', 'w']);
});

it('knows which way round its weight is stored, behind transposes and casts', () => {
  const gemm = { opType: 'Gemm', output: ['g'], attribute: [{ name: 'transB', i: 1n }] };
  expect(
    layers({ a: [4, 5], b: [5, 4], c: [5, 4] }, [
      product('a', 'p'),
      { opType: 'Cast', input: ['b'], output: ['b16'] },
      { opType: 'Transpose', input: ['b16'], output: ['bt'] },
      product('bt', 'q'),
      { ...gemm, input: ['x', 'c'] },
    ]).map(({ weight, outFirst }) => [weight, outFirst]),
  ).toEqual([
    ['a', false],
    ['b', true],
    ['c', true],
  ]);
});

it('says what else reads its weight, for which a LoRA cannot be merged', () => {
  const tied: Nodes = [
    { opType: 'Gather', input: ['table', 'ids'], output: ['e'], name: 'embed' },
    { opType: 'Transpose', input: ['table'], output: ['t'] },
    product('t', 'logits'),
    product('own', 'y'),
    product('own', 'z'), // the same layer twice
  ];
  expect(layers({ table: [5, 4], own: [4, 5] }, tied).map(({ weight, sharedWith }) => [weight, sharedWith])).toEqual([
    ['table', "node 'embed' (Gather)"],
    ['own', null],
    ['own', null],
  ]);
});

it('never gives two weights one path, nor takes grouped convolutions or products of two inputs', () => {
  const name = '/block/MatMul';
  const grouped = { opType: 'Conv', input: ['x', 'k'], output: ['c'], attribute: [{ name: 'group', i: 2n }] };
  expect(
    layers({ a: [4, 5], b: [4, 5], k: [4, 2, 3, 3] }, [
      product('a', 'p', { name }),
      product('b', 'q', { name }),
      product('x', 'r', { name }),
      grouped,
    ]).map(({ path }) => path),
  ).toEqual(['block', 'b']);
});
