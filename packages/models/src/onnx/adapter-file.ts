import {
  elementCount,
  float32Tensor,
  readLora,
  readSafetensors,
  type Tensor,
  toFloat32,
  writeSafetensors,
} from '@bradley/formats';
import { OnnxError, type OnnxLayer, type OnnxSource } from '@bradley/graph';
import type { TrainedLora } from './export.js';
import { adapterNames, loraLayers } from './trainables.js';

/**
 * Writes a LoRA by PEFT's names: `<layer>.lora_A.weight` (rank, in…), `<layer>.lora_B.weight` (out, rank…), and
 * `<layer>.alpha`, which is scale · rank.
 */
export async function writeOnnxAdapter(path: string, lora: readonly TrainedLora[]): Promise<void> {
  const tensors = lora.flatMap(({ layer, down, up, scale }): [string, Tensor][] => {
    const { inputs, outputs, kernel } = layer;
    const names = adapterNames(layer);
    const rank = up.length / outputs;
    return [
      [names.down, float32Tensor([rank, inputs, ...(kernel ?? [])], down)],
      [names.up, float32Tensor([outputs, rank, ...(kernel ? [1, 1] : [])], up)],
      [`${layer.path}.alpha`, float32Tensor([], Float32Array.of(scale * rank))],
    ];
  });
  await writeSafetensors(path, new Map(tensors), { format: 'pt' });
}

/**
 * Reads a LoRA for a model: one that `writeOnnxAdapter` wrote, or one of a UNet in the layouts of diffusers, kohya-ss and
 * ComfyUI. `strength` is a factor on it.
 *
 * @throws OnnxError when it has a layer that the model has not, or of another size
 */
export async function readOnnxAdapter(path: string, model: OnnxSource, strength = 1): Promise<TrainedLora[]> {
  const { tensors } = await readSafetensors(path);
  const own = [...tensors.keys()].every((name) => ownName.test(name) && !networkName.test(name));
  const modules = own ? ownModules(path, tensors) : await unetModules(path);
  const layers = new Map(loraLayers(model).map((layer) => [layer.path, layer]));
  return [...modules].map(([name, { down, up, alpha }]) => {
    const layer = layers.get(name);
    if (!layer)
      throw new OnnxError(`${path}: it has a LoRA of ${name}, which is no layer of ${model.label} that can have one`);
    const rank = up.shape[1] as number;
    checkHalves(path, layer, down, up, rank);
    return { layer, down: toFloat32(down), up: toFloat32(up), scale: (strength * (alpha ?? rank)) / rank };
  });
}

interface Halves {
  readonly down: Tensor;
  readonly up: Tensor;
  /** Default: the rank. */
  readonly alpha: number | null;
}

const ownName = /^(?<layer>.+)\.(?<part>lora_A\.weight|lora_B\.weight|alpha)$/;
const networkName = /^(unet|text_encoder(_2)?|base_model\.model)\./;

function ownModules(path: string, tensors: ReadonlyMap<string, Tensor>): Map<string, Halves> {
  const layers = new Set([...tensors.keys()].map((name) => ownName.exec(name)?.groups?.layer as string));
  return new Map(
    [...layers].map((layer) => {
      const [down, up] = [tensors.get(`${layer}.lora_A.weight`), tensors.get(`${layer}.lora_B.weight`)];
      if (!down || !up) throw new OnnxError(`${path}: ${layer} has one half of a LoRA only. The file is incomplete`);
      const alpha = tensors.get(`${layer}.alpha`);
      return [layer, { down, up, alpha: alpha ? (toFloat32(alpha)[0] as number) : null }];
    }),
  );
}

async function unetModules(path: string): Promise<Map<string, Halves>> {
  const { modules } = await readLora(path);
  return new Map(
    [...modules].map(([name, { A, B, alpha }]) => {
      const layer = /^unet\.(.+)$/.exec(name)?.[1];
      if (!layer)
        throw new OnnxError(`${path}: it has a LoRA of ${name}, and only one of a UNet can be merged into one model`);
      return [layer, { down: A, up: B, alpha }];
    }),
  );
}

function checkHalves(
  path: string,
  { path: name, inputs, outputs, kernel }: OnnxLayer,
  down: Tensor,
  up: Tensor,
  rank: number,
) {
  const columns = inputs * (kernel ? kernel[0] * kernel[1] : 1);
  if (elementCount(down.shape) !== rank * columns || elementCount(up.shape) !== outputs * rank || !rank)
    throw new OnnxError(
      `${path}: the LoRA of ${name} is (${down.shape.join(', ')}) and (${up.shape.join(', ')}), but the layer takes ` +
        `${columns} to ${outputs}`,
    );
}
