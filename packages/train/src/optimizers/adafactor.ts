import { z } from 'zod';
import type { Segment } from '../parameter-buffer.js';
import { optimizerKind } from './optimizer.js';

/**
 * Adafactor (Shazeer & Stern 2018, arXiv:1804.04235), as torch.optim.Adafactor. v of a matrix (the last two axes) is kept as
 * its row and column means r and c, v̂ = r cᵀ / mean(r); of a vector, whole. With γ = t^decay and RMS over one tensor:
 *   v ← v + γ (g² − v),  u = g / max(√v̂, ε₁),  θ ← (1 − ηλ) θ − max(ε₂, RMS θ) · min(η, 1/√t) · u / max(1, RMS u / d).
 * There is no first moment, so that memory is the parameters plus their edges.
 */
export const adafactor = optimizerKind({
  name: 'adafactor',
  options: z.object({
    beta2Decay: z.number().max(0).default(-0.8),
    /** ε₁ defaults to the float32 epsilon 2⁻²³. */
    eps: z.tuple([z.number().nonnegative(), z.number().nonnegative()]).default([2 ** -23, 1e-3]),
    /** Greatest RMS of an update before it is scaled down. */
    d: z.number().min(1).default(1),
    weightDecay: z.number().nonnegative().default(0),
    /** Off: η alone is the rate, as transformers' Adafactor with scale_parameter=False and relative_step=False. */
    scaleParameter: z.boolean().default(true).describe('multiply the learning rate by the size of each tensor'),
  }),
  create(segments, { beta2Decay, eps: [eps1, eps2], d, weightDecay, scaleParameter }) {
    const layouts = layOut(segments);
    const last = layouts[layouts.length - 1];
    const rows = new Float32Array(last?.rowsEnd ?? 0);
    const columns = new Float32Array(last?.columnsEnd ?? 0);
    const whole = new Float32Array(last?.wholeEnd ?? 0);
    const updates = new Float32Array(Math.max(0, ...layouts.map(({ count }) => count)));

    return {
      state: { rows, columns, whole },
      update(parameters, gradients, { step, learningRate, gradientScale: scale }) {
        const share = step ** beta2Decay;
        const relativeRate = scaleParameter ? Math.min(learningRate, 1 / Math.sqrt(step)) : learningRate;
        const keep = 1 - learningRate * weightDecay;
        for (const { offset, count, height, width, rowsEnd, columnsEnd, wholeEnd } of layouts) {
          const p = parameters.subarray(offset, offset + count);
          const g = gradients.subarray(offset, offset + count);
          const u = updates.subarray(0, count);
          const size = scaleParameter ? Math.max(eps2, rootMeanSquare(p)) : 1; // of θ before its decay
          const rate = size * relativeRate;
          if (height === 0) normaliseVector(whole.subarray(wholeEnd - count, wholeEnd), g, u, scale, share, eps1);
          const matrices = height === 0 ? 0 : count / (height * width);
          for (let k = matrices; k > 0; k--) {
            const at = (matrices - k) * height * width;
            const end = at + height * width;
            const r = rows.subarray(rowsEnd - k * height, rowsEnd - (k - 1) * height);
            const c = columns.subarray(columnsEnd - k * width, columnsEnd - (k - 1) * width);
            followMeanSquares(g.subarray(at, end), scale, share, r, c);
            normaliseMatrix(r, c, g.subarray(at, end), u.subarray(at, end), scale, eps1);
          }
          apply(p, u, keep, rate / Math.max(1, rootMeanSquare(u) / d));
        }
      },
    };
  },
});

/** v ← v + share · (g² − v), u = g / max(√v, ε₁) */
function normaliseVector(
  v: Float32Array,
  g: Float32Array,
  u: Float32Array,
  scale: number,
  share: number,
  eps1: number,
): void {
  for (let i = 0; i < v.length; i++) {
    const scaled = (g[i] as number) * scale;
    v[i] = (v[i] as number) + share * (scaled * scaled - (v[i] as number));
    u[i] = scaled / Math.max(Math.sqrt(v[i] as number), eps1);
  }
}

/** u = g / max(√(r cᵀ / mean(r)), ε₁), g and u (height, width) */
function normaliseMatrix(
  r: Float32Array,
  c: Float32Array,
  g: Float32Array,
  u: Float32Array,
  scale: number,
  eps1: number,
): void {
  const meanRow = Math.max(r.reduce((sum, value) => sum + value, 0) / r.length, eps1);
  const rootOfColumn = Float64Array.from(c, Math.sqrt);
  for (let i = 0, e = 0; i < r.length; i++) {
    const rootOfRow = Math.sqrt((r[i] as number) / meanRow);
    for (let j = 0; j < c.length; j++, e++)
      u[e] = ((g[e] as number) * scale) / Math.max(rootOfRow * (rootOfColumn[j] as number), eps1);
  }
}

function apply(p: Float32Array, u: Float32Array, keep: number, scale: number): void {
  for (let i = 0; i < p.length; i++) p[i] = (p[i] as number) * keep - scale * (u[i] as number);
}

/** One tensor: where it lies, and where its shares of the state end. Height 0 is a vector or a number. */
interface Layout {
  readonly offset: number;
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly rowsEnd: number;
  readonly columnsEnd: number;
  readonly wholeEnd: number;
}

function layOut(segments: readonly Segment[]): Layout[] {
  let [rowsEnd, columnsEnd, wholeEnd] = [0, 0, 0];
  return segments.map(({ offset, shape }) => {
    const count = shape.reduce((product, n) => product * n, 1);
    const [height = 0, width = 0] = shape.length > 1 ? shape.slice(-2) : [];
    if (height > 0) {
      rowsEnd += count / width;
      columnsEnd += count / height;
    } else wholeEnd += count;
    return { offset, count, height, width, rowsEnd, columnsEnd, wholeEnd };
  });
}

/** r and c ← themselves + share · (row and column means of g² − themselves), g (height, width). */
function followMeanSquares(g: Float32Array, scale: number, share: number, r: Float32Array, c: Float32Array): void {
  const [height, width] = [r.length, c.length];
  const columnSums = new Float64Array(width);
  for (let i = 0; i < height; i++) {
    let rowSum = 0;
    for (let j = 0; j < width; j++) {
      const scaled = (g[i * width + j] as number) * scale;
      const square = scaled * scaled;
      rowSum += square;
      columnSums[j] = (columnSums[j] as number) + square;
    }
    r[i] = (r[i] as number) + share * (rowSum / width - (r[i] as number));
  }
  for (let j = 0; j < width; j++)
    c[j] = (c[j] as number) + share * ((columnSums[j] as number) / height - (c[j] as number));
}

function rootMeanSquare(x: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (x[i] as number) * (x[i] as number);
  return Math.sqrt(sum / x.length);
}
