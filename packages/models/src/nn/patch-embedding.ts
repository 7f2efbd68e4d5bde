import { add, concat, dim, expand, gemm, reshape, slice, transpose, type Value } from '@bradley/graph';
import type { Params } from './params.js';

interface PatchGeometry {
  readonly hidden_size: number;
  readonly num_channels: number;
  readonly image_size: number;
  readonly patch_size: number;
}

/**
 * The convolution of vision transformers whose stride is its kernel: pixels (B, C, size, size) → (B, patches, hidden_size), row by
 * row. As one matrix product, since no pixel belongs to two patches.
 */
export function patchEmbedding(p: Params, pixels: Value, geometry: PatchGeometry, { bias = true } = {}): Value {
  const { hidden_size: width, num_channels: channels, image_size: image, patch_size: patch } = geometry;
  if (dim(pixels, 1) !== channels || dim(pixels, 2) !== image || dim(pixels, 3) !== image)
    throw new RangeError(
      `pictures of (${pixels.shape.slice(1).join(', ')}), but this model takes (${[channels, image, image].join(', ')}): resize and crop them`,
    );
  const side = Math.floor(image / patch);
  const batch = dim(pixels, 0);
  const members = channels * patch * patch;
  const initial = { kind: 'normal', deviation: 0.02 } as const;
  const weight = reshape(p.tensor('weight', [width, channels, patch, patch], initial), [width, members]);
  const cut = reshape(cropped(pixels, side * patch), [batch, channels, side, patch, side, patch]);
  const rows = reshape(transpose(cut, [0, 2, 4, 1, 3, 5]), [batch * side * side, members]);
  const y = gemm(rows, weight, { transB: true, bias: bias ? p.tensor('bias', [width], { kind: 'zeros' }) : null });
  return reshape(y, [batch, side * side, width]);
}

/** A size that patches do not fill: the convolution never reads the rest. */
function cropped(pixels: Value, size: number): Value {
  return dim(pixels, 2) === size ? pixels : slice(pixels, [2, 3], [0, 0], [size, size]);
}

/** The class token before the patches, then the positions added: token (D), patches (B, P, D), positions (1 + P, D) → (B, 1 + P, D) */
export function prependToken(token: Value, patches: Value, positions: Value): Value {
  const [batch, width] = [dim(patches, 0), dim(patches, 2)];
  return add(concat([expand(reshape(token, [1, 1, width]), [batch, 1, width]), patches], 1), positions);
}
