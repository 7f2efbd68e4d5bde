const round = Math.fround;

/**
 * a · x + b · y, elementwise over flat tensors of one length, each product rounded to float32 as tensor arithmetic does: where
 * the two nearly cancel, that rounding is what a reference's numbers contain.
 */
export function combine(a: number, x: Float32Array, b: number, y: Float32Array): Float32Array {
  if (x.length !== y.length) {
    throw new RangeError(
      `Tensors of ${x.length} and ${y.length} elements cannot be combined: their shapes must agree.`,
    );
  }
  const result = new Float32Array(x.length);
  const [ofX, ofY] = [round(a), round(b)];
  for (let i = 0; i < x.length; i++) result[i] = round(ofX * (x[i] as number)) + round(ofY * (y[i] as number));
  return result;
}

/** Every element cut to [−limit, limit]. */
export function clip(x: Float32Array, limit: number): Float32Array {
  return x.map((value) => Math.min(Math.max(value, -limit), limit));
}
