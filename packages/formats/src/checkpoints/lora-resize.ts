import { elementCount, float32Tensor, type Tensor, toFloat32 } from '../tensor.js';
import { type Matrix, product, squareSvd, thinQr, transposed } from '../thin-svd.js';
import { type LoraModule, type LoraModules, rankOf } from './lora-modules.js';

/** A rank for all layers, or the least rank of each that keeps this share of its energy. */
export type ResizeTarget = { readonly rank: number } | { readonly energy: number };

/** What resizing did to a layer. */
export interface ResizedLayer {
  readonly layer: string;
  readonly before: number;
  readonly after: number;
  /** Σ σ² of what is kept over that of all: 1 is lossless. */
  readonly kept: number;
}

/**
 * The best approximation of every layer's update by one of lower rank, in the Frobenius norm (Eckart & Young 1936): its
 * truncated singular value decomposition. ΔW = B A is never formed: with B = Q₁R₁ and Aᵀ = Q₂R₂, the decomposition of the
 * small R₁R₂ᵀ gives that of ΔW. The root of σ goes to both halves, and alpha = rank. A layer that needs no change stays as
 * it is. Tensors keep their element types only where unchanged: others are float32.
 */
export function resizeLora(
  modules: LoraModules,
  target: ResizeTarget,
): { readonly modules: LoraModules; readonly report: readonly ResizedLayer[] } {
  const resized = [...modules].map(([layer, module]) => ({ layer, module, ...resize(module, target) }));
  return {
    modules: new Map(resized.map(({ layer, smaller }) => [layer, smaller])),
    report: resized.map(({ layer, module, smaller, kept }) => ({
      layer,
      before: rankOf(module),
      after: rankOf(smaller),
      kept,
    })),
  };
}

function resize(module: LoraModule, target: ResizeTarget): { smaller: LoraModule; kept: number } {
  const before = rankOf(module);
  if ('rank' in target && target.rank >= before) return { smaller: module, kept: 1 };
  const scale = module.alpha / before;
  const up = matrix(module.B, module.B.shape[0] as number, before);
  const down = transposed(matrix(module.A, before, elementCount(module.A.shape.slice(1))));
  const left = slimQr(up);
  const right = slimQr(down);
  const { U, S, V } = squareSvd(product(left.R, transposed(right.R)));
  const energies = S.map((sigma) => sigma * sigma);
  const total = energies.reduce((a, b) => a + b, 0);
  const share = (rank: number): number =>
    total === 0 ? 1 : energies.subarray(0, rank).reduce((a, b) => a + b, 0) / total;
  const after = 'rank' in target ? target.rank : leastRank(before, (rank) => share(rank) >= target.energy);
  if (after === before) return { smaller: module, kept: 1 };
  const root = (k: number): number => Math.sqrt(Math.abs(scale) * (S[k] as number));
  const sign = Math.sign(scale);
  const B = product(
    left.Q,
    firstColumns(U, after, (k) => sign * root(k)),
  );
  const A = transposed(product(right.Q, firstColumns(V, after, root)));
  return {
    smaller: {
      A: float32Tensor([after, ...module.A.shape.slice(1)], Float32Array.from(A.data)),
      B: float32Tensor([module.B.shape[0] as number, after, ...module.B.shape.slice(2)], Float32Array.from(B.data)),
      alpha: after,
    },
    kept: share(after),
  };
}

/** Q and R of any matrix; of one with fewer rows than columns Q is the identity. Padded so that R is square. */
function slimQr(of: Matrix): { Q: Matrix; R: Matrix } {
  if (of.rows >= of.columns) return thinQr(of);
  const padded = { rows: of.columns, columns: of.columns, data: new Float64Array(of.columns ** 2) };
  padded.data.set(of.data);
  const { Q, R } = thinQr(padded);
  return { Q: { rows: of.rows, columns: Q.columns, data: Q.data.slice(0, of.data.length) }, R };
}

function leastRank(most: number, enough: (rank: number) => boolean): number {
  let rank = 1;
  while (rank < most && !enough(rank)) rank++;
  return rank;
}

/** The first columns, each times a factor. */
function firstColumns({ rows, columns, data }: Matrix, count: number, factor: (k: number) => number): Matrix {
  const factors = Array.from({ length: count }, (_, k) => factor(k));
  const kept = new Float64Array(rows * count);
  for (let i = 0; i < rows; i++)
    for (let k = 0; k < count; k++) kept[i * count + k] = (data[i * columns + k] as number) * (factors[k] as number);
  return { rows, columns: count, data: kept };
}

const matrix = (tensor: Tensor, rows: number, columns: number): Matrix => ({
  rows,
  columns,
  data: Float64Array.from(toFloat32(tensor)),
});

/** ‖alpha / rank · B A‖, the Frobenius norm of a layer's update, from the small products of its halves. */
export function updateNorm(module: LoraModule): number {
  const rank = rankOf(module);
  const up = matrix(module.B, module.B.shape[0] as number, rank);
  const down = matrix(module.A, rank, elementCount(module.A.shape.slice(1)));
  const left = product(transposed(up), up);
  const right = product(down, transposed(down));
  const trace = left.data.reduce((sum, x, i) => sum + x * (right.data[i] as number), 0);
  return (Math.abs(module.alpha) / rank) * Math.sqrt(Math.max(trace, 0));
}
