import { concat, constant, cos, mul, sin, unsqueeze, type Value } from '@bradley/graph';

/**
 * Sinusoidal embedding of timesteps (…) → (…, width), as diffusers `get_timestep_embedding`: frequencies
 * 10000^(−i/(width/2 − shift)), sines then cosines, or cosines first with `cosFirst` (diffusers' flip_sin_to_cos).
 */
export function timestepEmbedding(
  timesteps: Value,
  width: number,
  { cosFirst, shift }: { cosFirst: boolean; shift: number },
): Value {
  const half = width / 2;
  const frequencies = Float32Array.from({ length: half }, (_, i) => Math.exp((-Math.log(10000) * i) / (half - shift)));
  const angles = mul(unsqueeze(timesteps, [-1]), constant(frequencies));
  return concat(cosFirst ? [cos(angles), sin(angles)] : [sin(angles), cos(angles)], -1);
}
