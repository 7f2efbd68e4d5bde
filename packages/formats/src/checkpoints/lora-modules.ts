import { elementCount, type Tensor, toFloat32 } from '../tensor.js';

/** The LoRA of one layer: ΔW = alpha / rank · B A. */
export interface LoraModule {
  /** (rank, in), or (rank, in, h, w) of a convolution. */
  readonly A: Tensor;
  /** (out, rank), or (out, rank, 1, 1). */
  readonly B: Tensor;
  readonly alpha: number;
}

/**
 * A LoRA by layer, with the folder of the network in front, as a diffusers pipeline calls both: `unet.mid_block.…to_q`,
 * `text_encoder.text_model.encoder.layers.0.mlp.fc1`. Every file layout is read into this and written from it.
 */
export type LoraModules = ReadonlyMap<string, LoraModule>;

/** A LoRA file that does not say what it should. */
export class LoraError extends Error {
  override name = 'LoraError';
}

/** The networks of a pipeline that a LoRA can be of. */
export const loraNetworks = ['unet', 'text_encoder', 'text_encoder_2', 'transformer'] as const;
export type LoraNetwork = (typeof loraNetworks)[number];

/** `unet.conv_in` is of the `unet`, which calls the layer `conv_in`. */
export function splitLayer(path: string): readonly [LoraNetwork, string] {
  const dot = path.indexOf('.');
  return [path.slice(0, dot) as LoraNetwork, path.slice(dot + 1)];
}

/** The modules of one network, by its own names of the layers. */
export function modulesOf(modules: LoraModules, network: LoraNetwork): LoraModules {
  return new Map(
    [...modules].flatMap(([path, module]) => {
      const [of, layer] = splitLayer(path);
      return of === network ? [[layer, module] as const] : [];
    }),
  );
}

export const rankOf = ({ A }: LoraModule): number => A.shape[0] as number;

/** What of a layer a tensor of a file holds. */
export type LoraPart = 'A' | 'B' | 'alpha';

export type LoraParts = { A?: Tensor; B?: Tensor; alpha?: Tensor };

/** Joins the parts of each layer, checking that both halves are there and fit. A layer without alpha gets `defaultAlpha`. */
export function joinParts(
  path: string,
  parts: ReadonlyMap<string, LoraParts>,
  defaultAlpha: (layer: string, rank: number) => number,
): Map<string, LoraModule> {
  const modules = new Map<string, LoraModule>();
  for (const [layer, { A, B, alpha }] of parts) {
    if (!A || !B)
      throw new LoraError(
        `${path}: ${layer} has ${A ? 'a down half' : B ? 'an up half' : 'an alpha'} only. The file is incomplete.`,
      );
    requireFit(path, layer, A, B);
    const rank = A.shape[0] as number;
    const scale = alpha ? scalar(path, layer, alpha) : defaultAlpha(layer, rank);
    if (!Number.isFinite(scale)) throw new LoraError(`${path}: the alpha of ${layer} is ${scale}, not a number.`);
    modules.set(layer, { A, B, alpha: scale });
  }
  if (modules.size === 0) throw new LoraError(`${path}: there is no LoRA layer in it.`);
  return modules;
}

const floating = ['float32', 'float16', 'bfloat16', 'float64'];

function requireFit(path: string, layer: string, A: Tensor, B: Tensor): void {
  const strange = [A, B].find(({ dtype }) => !floating.includes(dtype));
  if (strange)
    throw new LoraError(`${path}: the LoRA of ${layer} is ${strange.dtype}, but one has ${floating.join(', ')}.`);
  const dimensions = A.shape.length;
  const pointwise = B.shape.slice(2).every((size) => size === 1);
  const sameKind = B.shape.length === dimensions && (dimensions === 2 || dimensions === 4) && pointwise;
  if (!elementCount(A.shape) || !elementCount(B.shape) || B.shape[1] !== A.shape[0] || !sameKind)
    throw new LoraError(
      `${path}: the halves of ${layer} do not fit: A (${A.shape.join(', ')}) and B (${B.shape.join(', ')}) need one rank, ` +
        'as (rank, in) and (out, rank), or (rank, in, h, w) and (out, rank, 1, 1) of a convolution.',
    );
}

function scalar(path: string, layer: string, alpha: Tensor): number {
  if (elementCount(alpha.shape) !== 1)
    throw new LoraError(`${path}: the alpha of ${layer} has the shape (${alpha.shape.join(', ')}), but is one number.`);
  return toFloat32(alpha)[0] as number;
}
