import { add, div, mul, sqrt, square, sub } from '../../ops/elementwise.js';
import { constant } from '../../ops/leaf.js';
import { groupNorm, layerNorm } from '../../ops/norm.js';
import { mean, sum } from '../../ops/reduce.js';
import { expand, reshape } from '../../ops/shape.js';
import { dim, size, type Value } from '../../value.js';
import { axisOf } from './geometry.js';
import { OnnxError } from './onnx-error.js';
import { always, type Rows, since, until } from './row.js';

/** A value per channel, to broadcast over (B, C, …). */
const perChannel = (value: Value, x: Value): Value => reshape(value, [-1, ...x.shape.slice(2).map(() => 1)]);

export const normRows: Rows = {
  BatchNormalization: always((node) => {
    if (node.int('training_mode', 0) || node.outputs > 1)
      throw new OnnxError(
        'it is exported in training mode. Export the model in eval mode, with its running statistics',
      );
    const [x, scale, bias, average, variance] = [0, 1, 2, 3, 4].map(node.value) as [Value, Value, Value, Value, Value];
    const factor = div(scale, sqrt(add(variance, node.float('epsilon', 1e-5))));
    return add(mul(x, perChannel(factor, x)), perChannel(sub(bias, mul(average, factor)), x));
  }),

  LayerNormalization: always((node) => {
    const [x, scale, bias] = [node.value(0), node.value(1), node.optional(2)];
    const axis = axisOf(node.int('axis', -1), x.shape);
    const epsilon = node.float('epsilon', 1e-5);
    const width = size(x.shape.slice(axis));
    const flat = (value: Value): Value => reshape(expand(value, x.shape.slice(axis)), [width]);
    const shift = bias ? flat(bias) : constant(new Float32Array(width), [width]);
    const rows = reshape(x, [-1, width]);
    const y = reshape(layerNorm(rows, flat(scale), shift, epsilon), x.shape);
    if (node.outputs === 1) return y;
    const centre = mean(rows, [1], { keepdims: true });
    const variance = mean(square(sub(rows, centre)), [1], { keepdims: true });
    const statistic = (value: Value): Value =>
      reshape(
        value,
        x.shape.map((n, i) => (i < axis ? n : 1)),
      );
    return [y, statistic(centre), statistic(div(1, sqrt(add(variance, epsilon))))];
  }),

  InstanceNormalization: always((node) => {
    const x = node.value(0);
    return groupNorm(x, node.value(1), node.value(2), dim(x, 1), node.float('epsilon', 1e-5));
  }),

  // Up to opset 20 scale and bias are per group.
  GroupNormalization: [
    until(20, (node) => {
      const x = node.value(0);
      const groups = node.int('num_groups');
      const members = dim(x, 1) / groups;
      const spread = (value: Value): Value =>
        reshape(expand(reshape(value, [groups, 1]), [groups, members]), [dim(x, 1)]);
      return groupNorm(x, spread(node.value(1)), spread(node.value(2)), groups, node.float('epsilon', 1e-5));
    }),
    since(21, (node) =>
      groupNorm(node.value(0), node.value(1), node.value(2), node.int('num_groups'), node.float('epsilon', 1e-5)),
    ),
  ],

  RMSNormalization: always((node) => {
    const [x, scale] = [node.value(0), node.value(1)];
    const first = axisOf(node.int('axis', -1), x.shape);
    const axes = [...x.shape.keys()].slice(first);
    const power = add(mean(square(x), axes, { keepdims: true }), node.float('epsilon', 1e-5));
    return mul(div(x, sqrt(power)), scale);
  }),

  LpNormalization: always((node) => {
    const x = node.value(0);
    if (node.int('p', 2) !== 2) throw new OnnxError('only p = 2 is read');
    return div(x, sqrt(sum(square(x), [axisOf(node.int('axis', -1), x.shape)], { keepdims: true })));
  }),
};
