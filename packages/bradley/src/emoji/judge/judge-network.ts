import {
  add,
  cast,
  concat,
  constant,
  div,
  gather,
  greater,
  input,
  logSigmoid,
  mean,
  mul,
  neg,
  reshape,
  silu,
  slice,
  softmax,
  stopGradient,
  sub,
  sum,
  unsqueeze,
  type Value,
} from '@bradley/graph';
import { conv2d, linear, type Params, paramsOf, trainableStore } from '@bradley/models';
import type { LossGraph } from '@bradley/train';
import { z } from 'zod';
import { categoryLoss } from '../category-loss.js';
import { idsFeed, kindsFeed, type Lexicon } from '../lexicon.js';

/** `config.json` of the convolutional judge. */
export const judgeConfigSchema = z.object({
  image_size: z.number().int().positive().default(64),
  vocab_size: z.number().int().positive().default(350),
  /** Ids below are no words: padding, unknown, begin, end. */
  first_word: z.number().int().nonnegative().default(4),
  max_words: z.number().int().positive().default(12),
  word_channels: z.number().int().positive().default(48),
  /** Of the convolutions, each of which halves the picture. */
  channels: z.array(z.number().int().positive()).min(1).default([32, 48, 64]),
  hidden_channels: z.number().int().positive().default(64),
  /** Kinds of thing that the words are taught first. */
  kinds: z.number().int().positive().default(5),
});
export type JudgeConfig = z.infer<typeof judgeConfigSchema>;

/**
 * How well a picture answers its prompt by the rater's taste: convolutions without norms, whose channels the prompt scales and shifts
 * (FiLM, Perez et al. 2017, arXiv:1709.07871), the means of all their layers over the picture, and two dense layers.
 * The prompt enters as what kind of thing it names, and by nothing else: what is learnt of one name holds for others of its kind.
 * inputIds int64 (B, L), images (B, 3, H, W) in [−1, 1] → (B)
 */
export function judgeScores(p: Params, config: JudgeConfig, inputIds: Value, images: Value): Value {
  const kinds = stopGradient(softmax(kindLogits(p, config, inputIds))); // (B, kinds): taught by the lexicon alone
  const means: Value[] = [];
  let h = images;
  config.channels.forEach((channels, i) => {
    h = conv2d(p.at(`convs.${i}`), h, channels, { kernel: 3, stride: 2, padding: 1 });
    h = silu(film(p.at(`films.${i}`), h, kinds, channels));
    means.push(mean(h, [2, 3]));
  });
  const seen = concat(means, 1);
  const width = config.channels.reduce((a, b) => a + b, 0);
  const hidden = silu(film(p.at('films.head'), linear(p.at('head.0'), seen, width), kinds, width));
  const score = linear(p.at('head.2'), silu(linear(p.at('head.1'), hidden, config.hidden_channels)), 1); // (B, 1)
  return reshape(score, [score.shape[0] as number]);
}

/** h · (1 + γ) + β with γ and β from the kinds. h (B, C) or (B, C, H, W) */
function film(p: Params, h: Value, kinds: Value, channels: number): Value {
  const both = linear(p, kinds, 2 * channels); // (B, 2C)
  const over = h.shape.length === 4 ? [2, 3] : [];
  const part = (from: number): Value => {
    const half = slice(both, [1], [from], [from + channels]);
    return over.length > 0 ? unsqueeze(half, over) : half;
  };
  return add(mul(h, add(part(0), 1)), part(channels));
}

/**
 * Of which kind a prompt's thing is, from a bag of words: the mean of the embeddings of its words, whatever their order.
 * inputIds int64 (B, L) → logits (B, kinds)
 */
export function kindLogits(p: Params, config: JudgeConfig, inputIds: Value): Value {
  const { vocab_size, word_channels, first_word, kinds } = config;
  const table = p.tensor('words.weight', [vocab_size, word_channels], { kind: 'normal', deviation: 1 });
  const isWord = cast(greater(cast(inputIds, 'float32'), first_word - 0.5), 'float32'); // (B, L)
  const embedded = mul(gather(table, inputIds), unsqueeze(isWord, [2])); // (B, L, word_channels)
  const bag = div(sum(embedded, [1]), add(sum(isWord, [1], { keepdims: true }), 1e-6));
  return linear(p.at('kinds'), bag, kinds);
}

export interface JudgeLossOptions {
  readonly pairs: number;
  /** Every name's ids, and the kind of thing it is: what the words mean is taught with them. */
  readonly lexicon: Lexicon['names'];
  readonly kindWeight: number;
}

/**
 * Bradley–Terry on B pairs, ℒ = −mean log σ(score(chosen) − score(rejected)), and the cross-entropy of every name's kind from its words.
 * Feeds: `images` (2B, 3, H, W), the chosen first, and `inputIds` int64 (2B, L).
 */
export function judgeLoss(config: JudgeConfig, { pairs, lexicon, kindWeight }: JudgeLossOptions): LossGraph {
  const store = trainableStore();
  const p = paramsOf(store);
  const { image_size: size } = config;
  const inputIds = input('inputIds', [2 * pairs, config.max_words], 'int64');
  const scores = judgeScores(p, config, inputIds, input('images', [2 * pairs, 3, size, size]));
  const margins = sub(slice(scores, [0], [0], [pairs]), slice(scores, [0], [pairs], [2 * pairs]));
  const preference = neg(mean(logSigmoid(margins)));

  const ids = constant(idsFeed(lexicon.map((name) => name.ids)), [lexicon.length, config.max_words], 'int64');
  const labels = constant(kindsFeed(lexicon, config.kinds), [lexicon.length, config.kinds]);
  const kind = categoryLoss(kindLogits(p, config, ids), labels);
  return {
    loss: add(preference, mul(kindWeight, kind)),
    metrics: { preference, kind, accuracy: mean(cast(greater(margins, 0), 'float32')) },
    trainables: store.trainables,
  };
}
