import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readSafetensors, type Tensor, toFloat32 } from '@bradley/formats';
import { type DType, importOnnx, input, type OnnxParameters, type Value } from '@bradley/graph';
import type { HostData } from '@bradley/runtime';
import * as ort from 'onnxruntime-node';
import { type OnnxModelFile, openOnnxModel } from './open.js';

export const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../../../fixtures/${name}`, import.meta.url));

interface Facts {
  /** Where the exporter put each parameter. */
  readonly stored: Readonly<Record<string, readonly { readonly tensor: string; readonly transposed: boolean }[]>>;
  readonly outputs: readonly [string];
}

/** A model that PyTorch exported, what it gives for some inputs, and the gradients that PyTorch's autograd has. */
export interface Exported {
  readonly model: OnnxModelFile;
  readonly facts: Facts;
  readonly output: string;
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly feeds: Readonly<Record<string, HostData>>;
  /** The model applied to inputs of the fixture's shapes. */
  apply(parameters?: OnnxParameters): Value;
}

export async function exported(name: string): Promise<Exported> {
  const model = await openOnnxModel(fixture(`onnx/${name}.onnx`));
  const facts = JSON.parse(readFileSync(fixture(`onnx/${name}.json`), 'utf8')) as Facts;
  const { tensors } = await readSafetensors(fixture(`onnx/${name}.safetensors`));
  const [output] = facts.outputs;
  const given = model.inputs.map((port) => [port.name, tensors.get(`in.${port.name}`) as Tensor] as const);
  return {
    model,
    facts,
    output,
    tensors,
    feeds: Object.fromEntries(given.map(([input, { data }]) => [input, data as HostData])),
    apply(parameters) {
      const inputs = given.map(([input_, { shape, dtype }]) => [input_, input(input_, shape, dtype as DType)] as const);
      const options = { outputs: [output], ...(parameters ? { parameters } : {}) };
      return importOnnx(model, Object.fromEntries(inputs), options)[output] as Value;
    },
  };
}

export const floats = (tensors: ReadonlyMap<string, Tensor>, name: string): Float32Array =>
  toFloat32(tensors.get(name) as Tensor);

/** What ONNX Runtime makes of the file as it is. */
export async function runFile(
  path: string,
  { model, feeds, tensors, output }: Pick<Exported, 'model' | 'feeds' | 'tensors' | 'output'>,
): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(path, { logSeverityLevel: 3 });
  const inputs = model.inputs.map(({ name, dtype }) => {
    const data = feeds[name] as Float32Array;
    return [name, new ort.Tensor(dtype as 'float32', data, tensors.get(`in.${name}`)?.shape ?? [])] as const;
  });
  const results = await session.run(Object.fromEntries(inputs), [output]);
  await session.release();
  return results[output]?.data as Float32Array;
}

/** The largest difference, over the largest number of what is expected. */
export function difference(found: Float32Array, expected: Float32Array, scale = largest(expected)): number {
  if (found.length !== expected.length) return Number.POSITIVE_INFINITY;
  return found.reduce((worst, x, i) => Math.max(worst, Math.abs(x - (expected[i] as number))), 0) / scale;
}

export const largest = (numbers: Float32Array): number => numbers.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
