import { dim, gelu, matmul, mul, type Value } from '@bradley/graph';
import { linear } from '../nn/layers.js';
import type { Params } from '../nn/params.js';

/** Width of both hidden layers. */
const width = 128;

/**
 * What a similarity cannot say of a picture and its prompt. A similarity is a sum over directions of the embedding: how well the hue
 * fits and how well the size fits add up. This is a multilayer perceptron of the summands themselves,
 *   r = W₃ gelu(W₂ gelu(W₁ (D · image ∘ text) + b₁) + b₂)
 * so that one may decide what another is worth. D makes the summands of two unit vectors about one. W₃ begins at 0, and has no bias:
 * a number that all pictures share prefers none.
 *
 * images (k, B, 1, D) and text (B, 1, D), both L2-normalised → (k, B, 1, N)
 */
export function relationHead(p: Params, images: Value, text: Value, count: number): Value {
  const summands = mul(mul(images, text), dim(text, -1));
  const hidden = gelu(linear(p.at('in'), summands, width));
  const last = gelu(linear(p.at('hidden'), hidden, width)); // (k, B, 1, width)
  return matmul(last, p.tensor('out', [width, count], { kind: 'zeros' }));
}
