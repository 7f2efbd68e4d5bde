import {
  add,
  cast,
  concat,
  conv,
  cos,
  equal,
  exp,
  input,
  log,
  max,
  mean,
  mul,
  neg,
  silu,
  sin,
  sqrt,
  square,
  stopGradient,
  sub,
  sum,
  type Value,
} from '@bradley/graph';
import { conv2d, groupNorm, linear, type Params, paramsOf, trainableStore } from '@bradley/models';
import type { LossGraph } from '@bradley/train';
import { z } from 'zod';
import { designers } from './names.js';

/** `config.json` of the designer classifier. */
export const designerConfigSchema = z.object({
  /** The classes, in the order of the logits. */
  designers: z.tuple([z.literal('noto'), z.literal('twemoji'), z.literal('fluent')]).default([...designers]),
  image_size: z.number().int().positive().default(64),
  /** Deviations of the colour frequencies at the start, in radians per unit of x ∈ [−1, 1]. */
  frequency_scales: z.array(z.number().positive()).min(1).default([3, 9]),
  /** Colour frequencies of each scale. */
  frequencies: z.number().int().positive().default(32),
  colour_channels: z.number().int().positive().default(64),
  /** Of the texture convolutions; all but the first halve the picture. */
  texture_channels: z.array(z.number().int().multipleOf(8)).min(1).default([16, 32, 48]),
  hidden_channels: z.number().int().positive().default(48),
});
export type DesignerConfig = z.infer<typeof designerConfigSchema>;

/**
 * Tells the designer from two kinds of evidence: which colours a picture uses (each design has a palette of its own) and
 * how it is shaded and outlined. images (B, 3, H, W) in [−1, 1] → logits (B, 3)
 */
export function designerLogits(p: Params, config: DesignerConfig, images: Value): Value {
  const features = concat(
    [colourFeatures(p.at('colour'), config, images), textureFeatures(p.at('texture'), config, images)],
    1,
  );
  return linear(
    p.at('head.2'),
    silu(linear(p.at('head.0'), features, config.hidden_channels)),
    config.designers.length,
  );
}

/**
 * A learned palette: every second pixel in both directions as random Fourier features (Tancik et al. 2020,
 * arXiv:2006.10739), so that two layers can tell neighbouring colours apart, then the mean over the picture. (B, C)
 */
function colourFeatures(
  p: Params,
  { frequency_scales, frequencies, colour_channels }: DesignerConfig,
  x: Value,
): Value {
  const phases = frequency_scales.map((deviation, i) =>
    conv(x, p.tensor(`frequencies.${i}.weight`, [frequencies, 3, 1, 1], { kind: 'normal', deviation }), null, {
      strides: [2, 2],
      pads: [0, 0, 0, 0],
    }),
  );
  let h = concat(
    phases.flatMap((phase) => [sin(phase), cos(phase)]),
    1,
  );
  h = silu(conv2d(p.at('conv1'), h, colour_channels, { kernel: 1 }));
  h = silu(conv2d(p.at('conv2'), h, colour_channels, { kernel: 1 }));
  return mul(mean(h, [2, 3]), colourGain);
}

/** White paper is most of a picture: without a gain its colours would start out as small beside the texture. */
const colourGain = 4;

/** Mean and standard deviation over the picture of what a few convolutions see. (B, 2C) */
function textureFeatures(p: Params, { texture_channels }: DesignerConfig, x: Value): Value {
  const h = texture_channels.reduce((h, channels, i) => {
    const y = conv2d(p.at(`convs.${i}`), h, channels, { kernel: 3, stride: i === 0 ? 1 : 2, padding: 1 });
    return silu(groupNorm(p.at(`norms.${i}`), y, 8, 1e-5));
  }, x);
  const average = mean(h, [2, 3], { keepdims: true });
  const deviation = sqrt(add(mean(square(sub(h, average)), [2, 3]), 1e-5));
  return concat([mean(h, [2, 3]), deviation], 1);
}

/**
 * Softmax cross-entropy with label smoothing s: ℒ = −mean Σ ((1 − s) · label + s/3) · log softmax(logits).
 * Feeds: `images` (B, 3, H, W) and `labels` (B, 3), one-hot.
 */
export function designerLoss(config: DesignerConfig, batch: number, smoothing: number): LossGraph {
  const store = trainableStore();
  const { image_size: size, designers: classes } = config;
  const logits = designerLogits(paramsOf(store), config, input('images', [batch, 3, size, size]));
  const labels = input('labels', [batch, classes.length]);
  const targets = add(mul(labels, 1 - smoothing), smoothing / classes.length);
  const greatest = max(logits, [1], { keepdims: true });
  const correct = equal(sum(mul(labels, logits), [1], { keepdims: true }), greatest);
  return {
    loss: neg(mean(sum(mul(targets, logSoftmax(logits, greatest)), [1]))),
    metrics: { accuracy: mean(cast(correct, 'float32')) },
    trainables: store.trainables,
  };
}

function logSoftmax(logits: Value, greatest: Value): Value {
  const shifted = sub(logits, stopGradient(greatest));
  return sub(shifted, log(sum(exp(shifted), [1], { keepdims: true })));
}
