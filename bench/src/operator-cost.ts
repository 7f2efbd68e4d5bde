type Shape = readonly number[];

/** What a kernel has to do at the least. */
export interface Cost {
  /** Multiplications and additions. Those of elementwise operators are not counted: they wait for memory. */
  readonly flops: number;
  /** Of inputs and outputs, each moved once, as float32. */
  readonly bytes: number;
}

const size = (shape: Shape): number => shape.reduce((product, n) => product * n, 1);

/** 2 · M · N · K, batched: A has batch · M · K elements, the result batch · M · N. */
const product = ([a]: readonly Shape[], [y]: readonly Shape[]): number =>
  a && y && size(y) > 0 ? 2 * size(a) * (y.at(-1) ?? 1) : 0;

const flops: Readonly<Record<string, (inputs: readonly Shape[], outputs: readonly Shape[]) => number>> = {
  Gemm: product,
  MatMul: product,
  FusedMatMul: product,
  Conv: ([, w], [y]) => (w && y ? 2 * size(y) * size(w.slice(1)) : 0),
  ConvTranspose: ([x, w]) => (w && x ? 2 * size(x) * size(w.slice(1)) : 0),
  MultiHeadAttention: ([q, k]) => (q && k ? 4 * size(q) * (k[1] ?? 0) : 0),
};

/** Only look at their input's memory in another way. */
const free = new Set(['Reshape', 'Identity', 'Squeeze', 'Unsqueeze']);

/** Of one kernel run, from the shapes in ONNX Runtime's profile. */
export function operatorCost(op: string, inputs: readonly Shape[], outputs: readonly Shape[]): Cost {
  const bytes = free.has(op) ? 0 : 4 * [...inputs, ...outputs].reduce((total, shape) => total + size(shape), 0);
  return { flops: flops[op]?.(inputs, outputs) ?? 0, bytes };
}
