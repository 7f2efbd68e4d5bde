import type { Tensor } from '../tensor.js';

/** The LoRA of one layer: ΔW = alpha / rank · B A. */
export interface LoraModule {
  /** (rank, in), or (rank, in, 1, 1) of a 1×1 convolution. */
  readonly A: Tensor;
  /** (out, rank), or (out, rank, 1, 1). */
  readonly B: Tensor;
  readonly alpha: number;
}

/** A UNet's LoRA by the layers' names in the diffusers checkpoint: every file layout is read into this and written from it. */
export type LoraModules = ReadonlyMap<string, LoraModule>;

/** A LoRA file that does not say what it should. */
export class LoraError extends Error {
  override name = 'LoraError';
}

/** Joins the halves of each layer, checking that both are there and fit. */
export function joinHalves(
  path: string,
  halves: ReadonlyMap<string, { A?: Tensor; B?: Tensor; alpha?: number }>,
  defaultAlpha: (layer: string, rank: number) => number,
): Map<string, LoraModule> {
  const modules = new Map<string, LoraModule>();
  for (const [layer, { A, B, alpha }] of halves) {
    if (!A || !B)
      throw new LoraError(`${path}: ${layer} has ${A ? 'a down' : 'an up'} half only. The file is incomplete.`);
    const rank = A.shape[0];
    const dimensions = A.shape.length;
    const pointwise = B.shape.slice(2).every((size) => size === 1);
    const sameKind = B.shape.length === dimensions && (dimensions === 2 || dimensions === 4) && pointwise;
    if (!rank || B.shape[1] !== rank || !sameKind)
      throw new LoraError(
        `${path}: the halves of ${layer} do not fit: A (${A.shape.join(', ')}) and B (${B.shape.join(', ')}) need one rank, ` +
          'as (rank, in) and (out, rank), or (rank, in, h, w) and (out, rank, 1, 1) of a convolution.',
      );
    if (alpha !== undefined && !Number.isFinite(alpha))
      throw new LoraError(`${path}: the alpha of ${layer} is ${alpha}, not a number.`);
    modules.set(layer, { A, B, alpha: alpha ?? defaultAlpha(layer, rank) });
  }
  if (modules.size === 0) throw new LoraError(`${path}: there is no LoRA layer of a UNet in it.`);
  return modules;
}
