import { create, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backward } from '../../gradients/backward.js';
import { NoGradientError } from '../../gradients/foreign.js';
import { constant, input } from '../../ops/leaf.js';
import { sum } from '../../ops/reduce.js';
import type { Value } from '../../value.js';
import { ModelProtoSchema, AttributeProto_AttributeType as Type } from '../onnx_pb.js';
import { importOnnx } from './import.js';
import { boundShape, readOnnx } from './model.js';
import { OnnxError } from './onnx-error.js';

type Init = NonNullable<Parameters<typeof create<typeof ModelProtoSchema>>[1]>;
type GraphInit = NonNullable<Extract<Init['graph'], object>>;

const refuse = (): never => {
  throw new OnnxError('no external data');
};
const x = {
  name: 'x',
  type: {
    value: {
      case: 'tensorType' as const,
      value: { elemType: 1, shape: { dim: [2n, 3n].map((n) => ({ value: { case: 'dimValue' as const, value: n } })) } },
    },
  },
};

function bytesOf(graph: GraphInit, more: Partial<Init> = {}): Uint8Array {
  const opsetImport = [{ domain: '', version: 17n }];
  const init = { irVersion: 8n, opsetImport, graph: { input: [x], output: [{ ...x, name: 'y' }], ...graph }, ...more };
  return toBinary(ModelProtoSchema, create(ModelProtoSchema, init as Init));
}

const read = (bytes: Uint8Array) =>
  readOnnx(bytes, { label: 'm.onnx', file: null, external: { source: refuse, read: refuse } });
const y = (graph: GraphInit, more?: Partial<Init>, given: Record<string, Value> = { x: input('x', [2, 3]) }): Value =>
  importOnnx(read(bytesOf(graph, more)), given).y as Value;
const node = (opType: string, inputs: string[], output: string, more: object = {}) => ({
  opType,
  input: inputs,
  output: [output],
  name: `a/${opType}`,
  ...more,
});
const ints = (name: string, ...numbers: number[]) => ({
  name,
  dims: [BigInt(numbers.length)],
  dataType: 7,
  int64Data: numbers.map(BigInt),
});

describe('a model that cannot be read is an error that says where', () => {
  it.each<[string, string, () => unknown]>([
    [
      'an operator',
      "m.onnx: node 'a/Frob' (Frob): Frob (opset 17) is not among",
      () => y({ node: [node('Frob', ['x'], 'y')] }),
    ],
    ['a loop', "node 'a/Loop' (Loop): Loop is control flow", () => y({ node: [node('Loop', ['x'], 'y')] })],
    [
      'a cycle',
      "node 'a/Exp' (Exp): it reads 'b', which nothing before it makes",
      () => y({ node: [node('Exp', ['b'], 'a'), node('Neg', ['a'], 'b'), node('Neg', ['b'], 'y')] }),
    ],
    ['a missing output', "m.onnx: nothing makes the output 'y'", () => y({ node: [] })],
    [
      'a name that is made twice',
      "it makes 'a', which there is already",
      () => y({ node: [node('Exp', ['x'], 'a'), node('Neg', ['x'], 'a'), node('Neg', ['a'], 'y')] }),
    ],
    [
      'two tensors of one name',
      "m.onnx: two tensors are called 's'",
      () => y({ initializer: [ints('s', 1), ints('s', 2)], node: [node('Reshape', ['x', 's'], 'y')] }),
    ],
    [
      'a shape that does not fit',
      "node 'a/Reshape' (Reshape): (2, 3) cannot be reshaped to (4)",
      () => y({ initializer: [ints('s', 4)], node: [node('Reshape', ['x', 's'], 'y')] }),
    ],
    [
      'a shape that depends on what is fed',
      "input 1 ('s') must follow from the model",
      () =>
        y({
          node: [
            node('Cast', ['x'], 's', { attribute: [{ name: 'to', type: Type.INT, i: 7n }] }),
            node('Reshape', ['x', 's'], 'y'),
          ],
        }),
    ],
    [
      'a tensor of impossible size',
      'which no tensor can have',
      () =>
        y({
          initializer: [ints('s', 2 ** 40, 2 ** 40)],
          node: [node('ConstantOfShape', ['s'], 'y')],
        }),
    ],
    [
      'a huge result',
      'which no tensor can have',
      () => y({ initializer: [ints('s', 2 ** 40, 2, 3)], node: [node('Expand', ['x', 's'], 'y')] }),
    ],
    [
      'data that is cut short',
      "tensor 's' of float32 (9) needs 36 bytes, but has 4",
      () =>
        y({
          initializer: [{ name: 's', dims: [9n], dataType: 1, rawData: new Uint8Array(4) }],
          node: [node('Add', ['x', 's'], 'y')],
        }),
    ],
    [
      'an element type',
      "tensor 's' has element type 8, which is not read. Readable: float32",
      () => y({ initializer: [{ name: 's', dims: [1n], dataType: 8 }], node: [] }),
    ],
    [
      'an old opset',
      'm.onnx: it is of opset 9, and 13 to 23 are read',
      () => y({}, { opsetImport: [{ domain: '', version: 9n }] }),
    ],
    ['a missing input', "m.onnx: its input 'x' is missing", () => y({ node: [node('Exp', ['x'], 'y')] }, {}, {})],
    [
      'an input of another shape',
      "its input 'x' is float32 (2, 3), but got float32 (2, 4)",
      () => y({ node: [node('Exp', ['x'], 'y')] }, {}, { x: input('x', [2, 4]) }),
    ],
    [
      'an attribute of another type',
      "attribute 'axis' is of another type",
      () => y({ node: [node('Softmax', ['x'], 'y', { attribute: [{ name: 'axis', type: Type.FLOAT, f: 1 }] })] }),
    ],
    [
      'an If that depends on what is fed',
      "input 0 ('c') must follow from the model",
      () => y({ node: [node('IsNaN', ['x'], 'c'), node('If', ['c'], 'y')] }),
    ],
    [
      'a function that calls itself',
      'the function f.F calls itself',
      () =>
        y(
          { node: [node('F', ['x'], 'y', { domain: 'f' })] },
          {
            functions: [
              { domain: 'f', name: 'F', input: ['a'], output: ['b'], node: [node('F', ['a'], 'b', { domain: 'f' })] },
            ],
          },
        ),
    ],
    [
      'training mode',
      'Export the model in eval mode',
      () =>
        y({
          node: [
            node('BatchNormalization', ['x', 'x', 'x', 'x', 'x'], 'y', {
              attribute: [{ name: 'training_mode', type: Type.INT, i: 1n }],
            }),
          ],
        }),
    ],
  ])('%s', (_what, message, make) => {
    expect(make).toThrow(OnnxError);
    expect(make).toThrow(message);
  });
});

describe('an operator without a gradient', () => {
  const graph = { node: [node('Atan', ['x'], 'a'), node('Add', ['a', 'w'], 'y')] };
  const withWeight = { ...graph, input: [x, { ...x, name: 'w' }] };

  it('is an error that names it and where it sits, once a gradient must pass through it', () => {
    const given = { x: input('x', [2, 3]), w: input('w', [2, 3]) };
    const loss = sum(y(withWeight, {}, given));
    expect(() => backward(loss, [given.x])).toThrow(NoGradientError);
    expect(() => backward(loss, [given.x])).toThrow(
      "Atan has no gradient rule: node 'a/Atan', which reads x. It lies between",
    );
  });

  it('does not stand in the way of training what comes after it', () => {
    const given = { x: input('x', [2, 3]), w: input('w', [2, 3]) };
    const [toWeight] = backward(sum(y(withWeight, {}, given)), [given.w]) as [Value];
    expect(toWeight.shape).toEqual([2, 3]);
  });
});

describe('reading', () => {
  it('leaves alone what the outputs do not need', () => {
    const graph = {
      node: [node('Frob', ['x'], 'z'), node('Exp', ['x'], 'y')],
      output: [x, { ...x, name: 'z' }, { ...x, name: 'y' }],
    };
    expect(importOnnx(read(bytesOf(graph)), { x: input('x', [2, 3]) }, { outputs: ['y'] }).y?.node.op).toBe('Exp');
  });

  it('takes the branch that a constant chooses which is given as an input', () => {
    const branch = (op: string) => ({ node: [node(op, ['x'], 'z')], output: [{ ...x, name: 'z' }] });
    const attribute = [
      { name: 'then_branch', type: Type.GRAPH, g: branch('Exp') },
      { name: 'else_branch', type: Type.GRAPH, g: branch('Neg') },
    ];
    const flag = { name: 'flag', type: { value: { case: 'tensorType' as const, value: { elemType: 9, shape: {} } } } };
    const graph = { input: [x, flag], node: [node('If', ['flag'], 'y', { attribute })] };
    const chosen = (on: number) => y(graph, {}, { x: input('x', [2, 3]), flag: constant(on, [], 'bool') }).node.op;
    expect([chosen(1), chosen(0)]).toEqual(['Exp', 'Neg']);
  });

  it('binds a named length to one number', () => {
    const named = (name: string) => ({
      name,
      type: {
        value: {
          case: 'tensorType' as const,
          value: { elemType: 1, shape: { dim: [{ value: { case: 'dimParam' as const, value: 'n' } }] } },
        },
      },
    });
    const source = read(bytesOf({ input: [named('x'), named('z')], node: [node('Add', ['x', 'z'], 'y')] }));
    const [port] = source.inputs;
    expect(port && boundShape(port, { n: 4 })).toEqual([4]);
    expect(() => port && boundShape(port, {})).toThrow("'x' has the shape (n): give n");
    expect(() => importOnnx(source, { x: input('x', [4]), z: input('z', [1]) })).toThrow(
      "its input 'z' is float32 (n), but got float32 (1) where n = 4",
    );
  });

  it('of damaged bytes ends in an error that says so, never in another', () => {
    const whole = bytesOf({
      initializer: [ints('s', 3, 2), { name: 'w', dims: [3n, 2n], dataType: 1, rawData: new Uint8Array(24) }],
      node: [
        node('MatMul', ['x', 'w'], 'a'),
        node('Reshape', ['a', 's'], 'b'),
        node('Slice', ['b', 's', 's'], 'c'),
        node('Conv', ['b', 'w'], 'y'),
      ],
    });
    const attempt = (bytes: Uint8Array): void => {
      try {
        importOnnx(read(bytes), { x: input('x', [2, 3]) });
      } catch (error) {
        expect(error).toBeInstanceOf(OnnxError);
      }
    };
    fc.assert(
      fc.property(fc.nat(whole.length), (n) => attempt(whole.slice(0, n))),
      { numRuns: 150 },
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (edits) => {
          const bytes = whole.slice();
          for (const [at, byte] of edits) bytes[at] = byte;
          attempt(bytes);
        },
      ),
      { numRuns: 1500 },
    );
  });
});
