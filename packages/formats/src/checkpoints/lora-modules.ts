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
    if (rank === undefined || B.shape[1] !== rank)
      throw new LoraError(
        `${path}: the halves of ${layer} do not fit: A (${A.shape.join(', ')}) and B (${B.shape.join(', ')}) need one rank.`,
      );
    modules.set(layer, { A, B, alpha: alpha ?? defaultAlpha(layer, rank) });
  }
  if (modules.size === 0) throw new LoraError(`${path}: there is no LoRA layer of a UNet in it.`);
  return modules;
}
