import { chunk, input, reshape, type Value } from '@bradley/graph';
import {
  type ClipConfig,
  clipImageEmbeds,
  clipLogitScale,
  clipTextEmbeds,
  type ParameterStore,
  paramsOf,
  questionScores,
  type Scoring,
} from '@bradley/models';
import type { ScoreObjective } from '@bradley/objectives';
import type { LossGraph } from '../step/compiled-step.js';
import type { TrainingStore } from './what-trains.js';

export interface RewardShapes {
  /** Prompts of a batch. */
  readonly batch: number;
  /** Tokens of a prompt, padding included. */
  readonly tokens: number;
}

/**
 * Scores of `sides` pictures to each of B prompts. Feeds: `input_ids` int64 (B, tokens) and `pixel_values` (sides·B, 3, S, S), one side
 * after the other. (sides·B, N)
 */
export function rewardScores(
  store: ParameterStore,
  config: ClipConfig,
  scoring: Scoring,
  { batch, tokens }: RewardShapes,
  sides: number,
): Value {
  const p = paramsOf(store);
  const { num_channels, image_size } = config.vision_config;
  return questionScores(p, scoring, {
    textEmbeds: clipTextEmbeds(p, config, input('input_ids', [batch, tokens], 'int64')),
    imageEmbeds: clipImageEmbeds(
      p,
      config,
      input('pixel_values', [sides * batch, num_channels, image_size, image_size]),
    ),
    logitScale: clipLogitScale(p, config),
  });
}

/** What the loss is told of a batch, (B, N) each. */
export const labelNames = { a: 'label/a', b: 'label/b', tie: 'label/tie', weight: 'label/weight' } as const;

/** The step of a reward model. Feeds: those of `rewardScores` for two sides, and `labelNames`. */
export function rewardLoss(
  store: TrainingStore,
  config: ClipConfig,
  scoring: Scoring,
  shapes: RewardShapes,
  { objective, options }: { objective: ScoreObjective; options: Readonly<Record<string, unknown>> },
): LossGraph {
  const scores = rewardScores(store, config, scoring, shapes, 2);
  const [a, b] = chunk(scores, 2, 0) as [Value, Value];
  const label = (name: string): Value => input(name, [shapes.batch, scoring.questions.length]);
  const { loss, metrics } = objective.loss(
    {
      a,
      b,
      label: {
        a: label(labelNames.a),
        b: label(labelNames.b),
        tie: label(labelNames.tie),
        weight: label(labelNames.weight),
      },
      ratings: null,
    },
    objective.options.parse(options),
  );
  return { loss: reshape(loss, []), metrics, trainables: store.trainables };
}
