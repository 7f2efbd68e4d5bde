/** The exponential moving average of the parameters, as diffusers' EMAModel keeps it. */
export interface EmaOptions {
  /** The greatest decay, which the ramp approaches. */
  readonly decay: number;
  readonly minDecay?: number;
  /** Steps before averaging begins; until then the average is a copy. */
  readonly updateAfterStep?: number;
  /** Ramp the decay up as 1 − (1 + step/inverseGamma)^−power instead of (1 + step)/(10 + step). */
  readonly warmup?: { readonly inverseGamma: number; readonly power: number };
}

/** The decay after `step` optimiser steps (1 for the first): diffusers EMAModel.get_decay. */
export function emaDecay(step: number, { decay, minDecay = 0, updateAfterStep = 0, warmup }: EmaOptions): number {
  const before = step - updateAfterStep - 1;
  if (before <= 0) return 0;
  const ramp = warmup ? 1 - (1 + before / warmup.inverseGamma) ** -warmup.power : (1 + before) / (10 + before);
  return Math.max(Math.min(ramp, decay), minDecay);
}

/** average ← decay · average + (1 − decay) · parameters, in place. */
export function updateAverage(average: Float32Array, parameters: Float32Array, decay: number): void {
  const share = 1 - decay;
  for (let i = 0; i < average.length; i++) {
    const a = average[i] as number;
    average[i] = a + share * ((parameters[i] as number) - a);
  }
}
