import { add, chunk, concat, input, mul, type Shape, sub, unsqueeze, type Value } from '@bradley/graph';
import {
  type Denoising,
  type DenoisingPair,
  type Group,
  meanSquaredError,
  type Objective,
  type Reference,
} from '@bradley/objectives';
import type { z } from 'zod';

/** Predicts from noisy latents (N, C, H, W), timesteps (N) and conditions, with the policy's or the reference's weights. */
export type Network = (noisy: Value, timesteps: Value, conditions: Readonly<Record<string, Value>>) => Value;

/** What a batch of B comparisons is: everything that the candidates of one share is fed once. */
export interface DenoisingShapes {
  readonly batch: number;
  /** Candidates of a comparison, k. Default 2; an objective of one looks at the best alone. */
  readonly sides?: number;
  /** Whether they get the same noise, or each its own. Default true. */
  readonly shareNoise?: boolean;
  /** (C, H, W) */
  readonly latent: Shape;
  /** By name, without the batch axis: `encoderHiddenStates: [77, 768]`. */
  readonly conditions: Readonly<Record<string, Shape>>;
  readonly predictionType: 'epsilon' | 'v_prediction';
  /** Feed a label strength per pair: for data with ties or soft labels. */
  readonly softLabels?: boolean;
}

/** What predicts in a step. A reference that is 'fed' is not in the graph: its errors come in as `referenceErrors`. */
export interface DenoisingNetworks {
  readonly policy: Network;
  readonly reference: Network | 'fed' | null;
}

/**
 * The loss of a preference objective on noised latents. The feeds:
 * - `latents` (k·B, C, H, W): scaled latents, candidate-major, best first (k = 2 for pairs, 1 for one side);
 * - `noise` (B, C, H, W), `timesteps` (B), `signal` (B) = √ᾱₜ and `spread` (B) = √(1 − ᾱₜ): shared by the sides of a comparison, but
 *   for the noise where it is not to be: then (k·B, C, H, W);
 * - the conditions (B, …), `preference` (B) of pairs with soft labels, and `phi` (B, k) of rankings;
 * - `referenceErrors` (k·B) where the reference is fed: what `denoisingErrors` gives of the same feeds.
 */
export function denoisingLoss<G extends Group, Options extends z.ZodObject>(
  objective: Objective<G, Options>,
  options: z.infer<Options>,
  networks: DenoisingNetworks,
  shapes: DenoisingShapes,
): { loss: Value; metrics: Readonly<Record<string, Value>> } {
  const { group } = objective.needs;
  const { batch, sides: k = 2 } = shapes;
  if (group === 'pair' && k !== 2)
    throw new RangeError(`${objective.name} learns from pairs, but these are groups of ${k}`);
  const sides = group === 'one' ? 1 : k;
  const noised = noisedLatents(shapes, sides);
  const policy = networks.policy(noised.noisy, noised.timesteps, noised.conditions);
  const reference = referenceOf(objective, networks.reference, noised, sides * batch);
  const { target } = noised;

  if (group === 'one') return objective.loss({ target, policy, reference } as never, options);
  const cut = (x: Value): readonly Value[] => chunk(x, sides, 0);
  const [targets, policies, references] = [cut(target), cut(policy), cutReference(reference, cut)];
  const side = (i: number): Denoising => ({
    target: targets[i] as Value,
    policy: policies[i] as Value,
    reference: references[i] ?? null,
  });
  if (group === 'ranking') {
    const all = policies.map((_, i) => side(i));
    return objective.loss({ sides: all, phi: input('phi', [batch, k]) } as never, options);
  }
  const preference = shapes.softLabels ? input('preference', [batch]) : null;
  const pair: DenoisingPair = { chosen: side(0), rejected: side(1), preference };
  return objective.loss(pair as never, options);
}

/** How wrong a network is on each noised latent, ‖prediction − target‖²: (k·B), of the feeds of `denoisingLoss`. */
export function denoisingErrors(network: Network, shapes: DenoisingShapes, sides: number): Value {
  const { noisy, timesteps, conditions, target } = noisedLatents(shapes, sides);
  return meanSquaredError(network(noisy, timesteps, conditions), target);
}

interface NoisedLatents {
  readonly noisy: Value;
  readonly timesteps: Value;
  readonly conditions: Readonly<Record<string, Value>>;
  readonly target: Value;
}

function noisedLatents(
  { batch, latent, conditions: conditionShapes, predictionType, shareNoise = true }: DenoisingShapes,
  sides: number,
): NoisedLatents {
  const repeat = (x: Value): Value => (sides === 1 ? x : concat(Array<Value>(sides).fill(x), 0));
  const perSample = (name: string): Value => repeat(input(name, [batch]));
  const broadcast = (x: Value): Value => unsqueeze(x, [1, 2, 3]);

  const latents = input('latents', [sides * batch, ...latent]);
  const noise = shareNoise ? repeat(input('noise', [batch, ...latent])) : input('noise', [sides * batch, ...latent]);
  const timesteps = perSample('timesteps');
  const [signal, spread] = [broadcast(perSample('signal')), broadcast(perSample('spread'))];
  const conditions = Object.fromEntries(
    Object.entries(conditionShapes).map(([name, shape]) => [name, repeat(input(name, [batch, ...shape]))]),
  );
  const noisy = add(mul(latents, signal), mul(noise, spread));
  const target = predictionType === 'epsilon' ? noise : sub(mul(noise, signal), mul(latents, spread));
  return { noisy, timesteps, conditions, target };
}

function referenceOf(
  { name, needs }: Objective<Group, z.ZodObject>,
  reference: DenoisingNetworks['reference'],
  { noisy, timesteps, conditions }: NoisedLatents,
  samples: number,
): Reference | null {
  if (!needs.reference) return null;
  if (!reference) throw new RangeError(`${name} compares with a reference: give one`);
  if (reference !== 'fed') return { prediction: reference(noisy, timesteps, conditions) };
  if (needs.reference === 'prediction')
    throw new RangeError(`${name} needs what the reference predicts, not only its errors: it cannot be fed`);
  return { error: input('referenceErrors', [samples]) };
}

function cutReference(reference: Reference | null, cut: (x: Value) => readonly Value[]): readonly Reference[] {
  if (!reference) return [];
  if ('error' in reference) return cut(reference.error).map((error) => ({ error }));
  return cut(reference.prediction).map((prediction) => ({ prediction }));
}
