/** What one step gave on one draw of noise. */
export interface StepResult {
  readonly loss: number;
  readonly prediction: Float32Array;
  readonly gradient: Float32Array;
}

/** How far a step is from the same step on exact weights. */
export interface Deviation {
  /** ‖y − exact‖ / ‖exact‖ of the policy's prediction */
  readonly prediction: number;
  /** of the loss, its sign kept */
  readonly loss: number;
  /** ⟨g, exact⟩ / (‖g‖ ‖exact‖) of the gradient of all LoRA tensors as one vector */
  readonly cosine: number;
  /** ‖g − exact‖ / ‖exact‖ of it */
  readonly gradient: number;
}

export function deviation(of: StepResult, exact: StepResult): Deviation {
  return {
    prediction: relativeError(of.prediction, exact.prediction),
    loss: of.loss - exact.loss,
    cosine:
      dot(of.gradient, exact.gradient) / Math.sqrt(dot(of.gradient, of.gradient) * dot(exact.gradient, exact.gradient)),
    gradient: relativeError(of.gradient, exact.gradient),
  };
}

function relativeError(a: Float32Array, b: Float32Array): number {
  let [apart, whole] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    apart += ((a[i] as number) - (b[i] as number)) ** 2;
    whole += (b[i] as number) ** 2;
  }
  return Math.sqrt(apart / whole);
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

/** The mean of each number, the cosine's smallest, the loss's mean size. */
export function summarise(deviations: readonly Deviation[]): Deviation {
  const mean = (of: (one: Deviation) => number): number =>
    deviations.reduce((sum, one) => sum + of(one), 0) / deviations.length;
  return {
    prediction: mean(({ prediction }) => prediction),
    loss: mean(({ loss }) => Math.abs(loss)),
    cosine: Math.min(...deviations.map(({ cosine }) => cosine)),
    gradient: mean(({ gradient }) => gradient),
  };
}
