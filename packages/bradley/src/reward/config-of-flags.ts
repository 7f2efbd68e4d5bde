import type { Trains } from '@bradley/train';
import type { RewardConfig } from './reward-config.js';

/** What `bradley reward train` is given. */
export interface RewardFlags
  extends Omit<RewardConfig, 'questions' | 'loss' | 'trains' | 'ema' | 'pairs' | 'validateEvery' | 'threads'> {
  readonly questions?: string[] | undefined;
  readonly loss: RewardConfig['loss']['name'];
  readonly theta?: number | undefined;
  readonly margin?: number | undefined;
  readonly centring?: number | undefined;
  readonly trains: Trains['kind'];
  readonly layers: number;
  readonly rank: number;
  readonly targets: string[];
  readonly ema?: number | undefined;
  readonly pairs?: number | undefined;
  readonly validateEvery: number;
  readonly threads?: number | undefined;
}

export function configOfFlags(flags: RewardFlags): RewardConfig {
  const { loss, theta, margin, centring, trains, layers, rank, targets, questions, ema, pairs, threads, ...same } =
    flags;
  const given = Object.entries({ theta, margin, centring }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  const kinds: Record<Trains['kind'], Trains> = {
    none: { kind: 'none' },
    all: { kind: 'all' },
    last: { kind: 'last', layers },
    heads: { kind: 'heads' },
    lora: { kind: 'lora', rank, alpha: rank, targets },
  };
  return {
    ...same,
    questions: questions ?? null,
    loss: { name: loss, options: Object.fromEntries(given) },
    trains: kinds[trains],
    ema: ema ?? null,
    pairs: pairs ?? null,
    threads: threads ?? null,
  };
}
