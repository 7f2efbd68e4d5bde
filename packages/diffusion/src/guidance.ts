import { combine } from './combine.js';

/**
 * Classifier-free guidance. Ho & Salimans 2022, arXiv:2207.12598, in the convention of diffusers: uncond + scale · (cond −
 * uncond), so that 1 means no guidance. Flat tensors of one shape.
 */
export function classifierFreeGuidance(uncond: Float32Array, cond: Float32Array, scale: number): Float32Array {
  return combine(1 - scale, uncond, scale, cond);
}
