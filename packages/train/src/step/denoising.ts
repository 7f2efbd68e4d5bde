import { add, chunk, concat, input, mul, type Shape, sub, unsqueeze, type Value } from '@bradley/graph';
import type { Denoising, DenoisingPair, Group, Objective } from '@bradley/objectives';
import type { z } from 'zod';

/** Predicts from noisy latents (N, C, H, W), timesteps (N) and conditions, with the policy's or the reference's weights. */
export type Network = (noisy: Value, timesteps: Value, conditions: Readonly<Record<string, Value>>) => Value;

/** What a batch of B comparisons is: everything that a pair shares is fed once. */
export interface DenoisingShapes {
  readonly pairs: number;
  /** (C, H, W) */
  readonly latent: Shape;
  /** By name, without the batch axis: `encoderHiddenStates: [77, 768]`. */
  readonly conditions: Readonly<Record<string, Shape>>;
  readonly predictionType: 'epsilon' | 'v_prediction';
  /** Feed a label strength per pair: for data with ties or soft labels. */
  readonly softLabels?: boolean;
}

/**
 * The loss of a preference objective on noised latents. The feeds:
 * - `latents` (k·B, C, H, W): scaled latents, candidate-major, best first (k = 2 for pairs, 1 for one side);
 * - `noise` (B, C, H, W), `timesteps` (B), `signal` (B) = √ᾱₜ and `spread` (B) = √(1 − ᾱₜ): shared by a pair's sides;
 * - the conditions (B, …), and `preference` (B) with soft labels.
 */
export function denoisingLoss<G extends Group, Options extends z.ZodObject>(
  objective: Objective<G, Options>,
  options: z.infer<Options>,
  networks: { readonly policy: Network; readonly reference: Network | null },
  { pairs, latent, conditions: conditionShapes, predictionType, softLabels = false }: DenoisingShapes,
): { loss: Value; metrics: Readonly<Record<string, Value>> } {
  const { group, reference: needsReference } = objective.needs;
  const sides = group === 'pair' ? 2 : 1;
  const repeat = (x: Value): Value => (sides === 1 ? x : concat(Array<Value>(sides).fill(x), 0));
  const perSample = (name: string): Value => repeat(input(name, [pairs]));
  const broadcast = (x: Value): Value => unsqueeze(x, [1, 2, 3]);

  const latents = input('latents', [sides * pairs, ...latent]);
  const noise = repeat(input('noise', [pairs, ...latent]));
  const timesteps = perSample('timesteps');
  const [signal, spread] = [broadcast(perSample('signal')), broadcast(perSample('spread'))];
  const conditions = Object.fromEntries(
    Object.entries(conditionShapes).map(([name, shape]) => [name, repeat(input(name, [pairs, ...shape]))]),
  );
  const noisy = add(mul(latents, signal), mul(noise, spread));
  const target = predictionType === 'epsilon' ? noise : sub(mul(noise, signal), mul(latents, spread));
  const policy = networks.policy(noisy, timesteps, conditions);
  if (needsReference && !networks.reference)
    throw new RangeError(`${objective.name} compares with a reference: give one`);
  const reference = needsReference && networks.reference ? networks.reference(noisy, timesteps, conditions) : null;

  if (sides === 1) return objective.loss({ target, policy, reference } as never, options);
  const cut = (x: Value | null): readonly (Value | null)[] => (x ? chunk(x, sides, 0) : [null, null]);
  const [targets, policies, references] = [cut(target), cut(policy), cut(reference)];
  const side = (i: number): Denoising => ({
    target: targets[i] as Value,
    policy: policies[i] as Value,
    reference: references[i] ?? null,
  });
  const preference = softLabels ? input('preference', [pairs]) : null;
  const pair: DenoisingPair = { chosen: side(0), rejected: side(1), preference };
  return objective.loss(pair as never, options);
}
