import { add, mul, neg, sub } from '../ops/elementwise.js';
import type { NormOps } from '../ops/norm.js';
import { mean, sum } from '../ops/reduce.js';
import { reshape } from '../ops/shape.js';
import { dim, size, type Value } from '../value.js';
import type { Vjp } from './vjp.js';

export const normVjps: { [Op in keyof NormOps]: Vjp<Op> } = {
  /** x̂ = (x − μ)/σ, y = γ x̂ + β. dx = (ĝ − mean ĝ − x̂ · mean(ĝ x̂))/σ with ĝ = γ g. */
  LayerNormalization: (gs, [, mu, inverse], [x, scale]) => {
    const g = first(gs);
    const normal = mul(sub(x, present(mu)), present(inverse));
    const lead = x.shape.slice(0, -1).map((_, i) => i);
    const toNormal = mul(g, scale);
    const projection = mul(normal, mean(mul(toNormal, normal), [-1], { keepdims: true }));
    const toX = mul(present(inverse), sub(sub(toNormal, mean(toNormal, [-1], { keepdims: true })), projection));
    return [toX, sum(mul(g, normal), lead), sum(g, lead)];
  },

  /**
   * The same over groups of channels, arranged so that the full-size tensors are read once each: every coefficient of
   * dx = A g + B x + C is constant per channel or group, and follows from the channel sums of g and g x.
   */
  GroupNormalization: (gs, [, mu, inverse], [x, scale], { groups }) => {
    const g = first(gs);
    const [batch, channels] = [dim(x, 0), dim(x, 1)];
    const area = size(x.shape.slice(2));
    const members = channels / groups;
    const grouped = [batch, groups, members];
    const [m, inv] = [present(mu), present(inverse)]; // (B, G, 1)
    const gFlat = reshape(g, [batch, channels, area]);
    const xFlat = reshape(x, [batch, channels, area]);
    const sumG = reshape(sum(gFlat, [2]), grouped);
    const sumGx = reshape(sum(mul(gFlat, xFlat), [2]), grouped);
    const sumGNormal = mul(sub(sumGx, mul(m, sumG)), inv); // Σ g x̂ per channel
    const gamma = reshape(scale, [1, groups, members]);
    const meanG = mul(sum(mul(sumG, gamma), [2], { keepdims: true }), 1 / (members * area)); // (B, G, 1)
    const meanGNormal = mul(sum(mul(sumGNormal, gamma), [2], { keepdims: true }), 1 / (members * area));
    const ofG = mul(inv, gamma); // (B, G, C/G)
    const ofX = neg(mul(mul(inv, inv), meanGNormal)); // (B, G, 1)
    const offset = neg(add(mul(inv, meanG), mul(m, ofX)));
    const byGroup = (value: Value): Value => reshape(value, [batch, groups, members * area]);
    const scaled = byGroup(mul(gFlat, reshape(ofG, [batch, channels, 1])));
    const toX = add(scaled, add(mul(byGroup(xFlat), ofX), offset));
    return [reshape(toX, x.shape), reshape(sum(sumGNormal, [0]), [channels]), reshape(sum(sumG, [0]), [channels])];
  },

  // Σ g y per row as a product of vectors would be one pass less, but rows are short.
  Softmax: (g, y) => {
    const weighted = mul(g, y);
    return [sub(weighted, mul(y, sum(weighted, [-1], { keepdims: true })))];
  },
};

function first(gs: readonly (Value | null)[]): Value {
  const [g, ...rest] = gs;
  if (!g || rest.some((other) => other)) throw new RangeError('the saved statistics of a norm have no gradient');
  return g;
}

function present(value: Value | undefined): Value {
  if (!value) throw new RangeError('a norm saves mean and 1/σ');
  return value;
}
