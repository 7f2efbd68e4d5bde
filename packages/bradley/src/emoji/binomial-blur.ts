/**
 * Each channel of a picture (3, size, size) under the kernel (1 2 1)ᵀ(1 2 1) / 16, a Gaussian of variance ½ pixel²; the
 * border pixels repeat outside. Passes add their variances.
 */
export function binomialBlur(picture: Float32Array, size: number, passes = 1): Float32Array {
  let blurred = picture;
  for (let pass = 0; pass < passes; pass++) blurred = alongLines(alongLines(blurred, size, 'rows'), size, 'columns');
  return blurred;
}

function alongLines(picture: Float32Array, size: number, lines: 'rows' | 'columns'): Float32Array {
  const blurred = new Float32Array(picture.length);
  const step = lines === 'rows' ? 1 : size;
  for (let i = 0; i < picture.length; i++) {
    const position = lines === 'rows' ? i % size : Math.floor(i / size) % size;
    const here = picture[i] as number;
    const before = position === 0 ? here : (picture[i - step] as number);
    const after = position === size - 1 ? here : (picture[i + step] as number);
    blurred[i] = (before + 2 * here + after) / 4;
  }
  return blurred;
}
