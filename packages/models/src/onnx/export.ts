import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { replaceFile } from '@bradley/formats';
import { OnnxError, type OnnxLayer, patchOnnx, type StoredTensor, type TensorPatch } from '@bradley/graph';
import { writeDataBeside } from './external-data.js';
import type { OnnxModelFile } from './open.js';
import { encoded, float32Of } from './tensor-values.js';
import { adapterNames, type OnnxTraining } from './trainables.js';

/** A trained LoRA of one layer: ΔW = scale · B A, A (rank, in…) and B (out, rank). */
export interface TrainedLora {
  readonly layer: OnnxLayer;
  readonly down: Float32Array;
  readonly up: Float32Array;
  readonly scale: number;
}

/** What training made of a model. */
export interface TrainedOnnx {
  /** New values of stored tensors, by name. */
  readonly tensors?: Readonly<Record<string, Float32Array>>;
  readonly lora?: readonly TrainedLora[];
}

/** What training made of a model, from the values of its trainables by name. */
export function trainedOnnx(
  { trainables, layers, scale }: OnnxTraining,
  values: Readonly<Record<string, Float32Array>>,
): Required<TrainedOnnx> {
  const trainedValue = (name: string): Float32Array => {
    const found = values[name];
    if (!found) throw new OnnxError(`no trained values are given for '${name}'`);
    return found;
  };
  const lora = layers.map((layer) => {
    const { down, up } = adapterNames(layer);
    return { layer, down: trainedValue(down), up: trainedValue(up), scale };
  });
  const ofLora = new Set(layers.flatMap((layer) => Object.values<string>(adapterNames(layer))));
  const promoted = trainables.filter(({ name }) => !ofLora.has(name));
  return { lora, tensors: Object.fromEntries(promoted.map(({ name }) => [name, trainedValue(name)])) };
}

/**
 * Writes the model with trained values in the place of its own, LoRA added into the weights; nodes, names, named lengths and
 * metadata stay as they are, and each tensor keeps its type (16-bit ones are rounded to nearest even). Of a model with
 * external data, all of it is written anew, to one file `<name>.data` beside the new model.
 *
 * @throws OnnxError when a LoRA's weight is read elsewhere too, so that merging would change that as well
 */
export async function exportOnnx(model: OnnxModelFile, path: string, trained: TrainedOnnx): Promise<void> {
  const changed = mergedTensors(model, trained);
  const bytes = await readFile(model.path);
  await mkdir(dirname(path), { recursive: true });
  const patches = new Map<string, TensorPatch>();
  const outside: { tensor: StoredTensor; bytes: Uint8Array | undefined }[] = [];
  for (const tensor of model.tensors.values()) {
    const values = changed.get(tensor.name);
    const data = values && encoded(tensor, values);
    if (tensor.source && tensor.source.file !== model.path) outside.push({ tensor, bytes: data });
    else if (data) patches.set(tensor.name, { bytes: data });
  }
  if (outside.length) {
    const data = outside.map(({ tensor, bytes: own }) => [tensor.name, () => own ?? tensor.bytes()] as const);
    for (const [name, place] of await writeDataBeside(path, data)) patches.set(name, place);
  }
  const written = patchOnnx(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength), patches);
  await replaceFile(path, async (file) => {
    await file.writeFile(written);
  });
}

/** The new values of every tensor that training changed, laid out as stored. */
function mergedTensors(
  model: Pick<OnnxModelFile, 'label' | 'tensors'>,
  { tensors = {}, lora = [] }: TrainedOnnx,
): ReadonlyMap<string, Float32Array> {
  const merged = new Map<string, Float32Array>();
  for (const [name, values] of Object.entries(tensors)) {
    stored(model, name, values.length);
    merged.set(name, values);
  }
  for (const { layer, down, up, scale } of lora) {
    const { weight, sharedWith, path } = layer;
    if (sharedWith)
      throw new OnnxError(
        `${model.label}: the weight '${weight}' of ${path} is also read by ${sharedWith}, which merging a LoRA into it ` +
          'would change. Train without this layer, or keep the LoRA in a file of its own',
      );
    const { outputs, inputs, kernel } = layer;
    const columns = inputs * (kernel ? kernel[0] * kernel[1] : 1);
    const tensor = stored(model, weight, outputs * columns);
    merged.set(weight, addedTo(merged.get(weight) ?? float32Of(tensor), layer, { down, up, scale, columns }));
  }
  return merged;
}

function stored(
  { label, tensors }: Pick<OnnxModelFile, 'label' | 'tensors'>,
  name: string,
  length: number,
): StoredTensor {
  const tensor = tensors.get(name);
  const found = tensor?.shape.reduce((product, n) => product * n, 1);
  if (tensor?.type.dtype !== 'float32' || found !== length)
    throw new OnnxError(
      `${label}: ${length} trained numbers are given for '${name}', which ${tensor ? `is ${tensor.type.name} (${tensor.shape.join(', ')})` : 'the model does not have'}`,
    );
  return tensor;
}

/** W + scale · B A, with W (out, in…) or (in, out). Sums are taken in double precision. */
function addedTo(
  weight: Float32Array,
  { outputs, outFirst }: OnnxLayer,
  { down, up, scale, columns }: { down: Float32Array; up: Float32Array; scale: number; columns: number },
): Float32Array {
  const rank = down.length / columns;
  const sum = new Float32Array(weight);
  for (let row = 0; row < outputs; row++)
    for (let column = 0; column < columns; column++) {
      let delta = 0;
      for (let r = 0; r < rank; r++) delta += (up[row * rank + r] as number) * (down[r * columns + column] as number);
      const at = outFirst ? row * columns + column : column * outputs + row;
      sum[at] = (weight[at] as number) + scale * delta;
    }
  return sum;
}
