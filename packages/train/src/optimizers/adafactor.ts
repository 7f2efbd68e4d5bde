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
  }),
  create(segments, { beta2Decay, eps: [eps1, eps2], d, weightDecay }) {
    const layouts = layOut(segments);
    const last = layouts[layouts.length - 1];
    const rows = new Float32Array(last?.rowsEnd ?? 0);
    const columns = new Float32Array(last?.columnsEnd ?? 0);
    const whole = new Float32Array(last?.wholeEnd ?? 0);
    const update32 = new Float32Array(Math.max(0, ...layouts.map(({ count }) => count)));

    return {
      state: { rows, columns, whole },
      update(parameters, gradients, { step, learningRate, gradientScale }) {
        const share = step ** beta2Decay;
        const relativeRate = Math.min(learningRate, 1 / Math.sqrt(step));
        const keep = 1 - learningRate * weightDecay;
        for (const layout of layouts) {
          const p = parameters.subarray(layout.offset, layout.offset + layout.count);
          const g = gradients.subarray(layout.offset, layout.offset + layout.count);
          const u = update32.subarray(0, layout.count);
          const rate = Math.max(eps2, rootMeanSquare(p)) * relativeRate; // of θ before its decay
          if (layout.height === 0) vectorUpdate(whole.subarray(layout.wholeEnd - layout.count, layout.wholeEnd), g, u);
          else matrixUpdate(layout, g, u);
          const scale = rate / Math.max(1, rootMeanSquare(u) / d);
          for (let i = 0; i < p.length; i++) p[i] = (p[i] as number) * keep - scale * (u[i] as number);
        }

        function vectorUpdate(v: Float32Array, g: Float32Array, u: Float32Array): void {
          for (let i = 0; i < v.length; i++) {
            const scaled = (g[i] as number) * gradientScale;
            v[i] = (v[i] as number) + share * (scaled * scaled - (v[i] as number));
            u[i] = scaled / Math.max(Math.sqrt(v[i] as number), eps1);
          }
        }

        function matrixUpdate({ height, width, count, rowsEnd, columnsEnd }: Layout, g: Float32Array, u: Float32Array) {
          const matrices = count / (height * width);
          for (let k = 0; k < matrices; k++) {
            const at = k * height * width;
            const r = rows.subarray(rowsEnd - (matrices - k) * height).subarray(0, height);
            const c = columns.subarray(columnsEnd - (matrices - k) * width).subarray(0, width);
            followMeanSquares(g.subarray(at, at + height * width), gradientScale, share, r, c);
            const meanRow = Math.max(r.reduce((sum, value) => sum + value, 0) / height, eps1);
            for (let i = 0; i < height; i++) {
              const ofRow = (r[i] as number) / meanRow;
              for (let j = 0; j < width; j++) {
                const e = at + i * width + j;
                u[e] = ((g[e] as number) * gradientScale) / Math.max(Math.sqrt(ofRow * (c[j] as number)), eps1);
              }
            }
          }
        }
      },
    };
  },
});

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
      const square = ((g[i * width + j] as number) * scale) ** 2;
      rowSum += square;
      columnSums[j] = (columnSums[j] as number) + square;
    }
    r[i] = (r[i] as number) + share * (rowSum / width - (r[i] as number));
  }
  for (let j = 0; j < width; j++) c[j] = (c[j] as number) + share * ((columnSums[j] as number) / height - (c[j] as number));
}

function rootMeanSquare(x: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (x[i] as number) ** 2;
  return Math.sqrt(sum / x.length);
}
