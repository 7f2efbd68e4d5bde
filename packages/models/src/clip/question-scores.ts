import { add, constant, dim, mul, reshape, sum, type Value } from '@bradley/graph';
import type { Params } from '../nn/params.js';
import { relationHead } from './relation-head.js';

/** One question that a reward model answers. */
export interface Question {
  readonly name: string;
  /** Whether its score may depend on the prompt: not of a question such as visual quality. */
  readonly readsPrompt: boolean;
}

/** What is made of the embeddings of a picture and its prompt: their similarity, or that and a perceptron of what it sums. */
export const scoreHeads = ['similarity', 'relation'] as const;
export type ScoreHead = (typeof scoreHeads)[number];

/** What a reward model answers, and how. */
export interface Scoring {
  readonly questions: readonly Question[];
  readonly head: ScoreHead;
}

/** Whether one score of these questions is the plain similarity, for which no query is needed. */
export function isPlainSimilarity(questions: readonly Question[]): boolean {
  return questions.length === 1 && questions[0]?.readsPrompt === true;
}

/**
 * Scores of pictures by a CLIP, a question each: s · ⟨image, query⟩, where the query of a question is made of the prompt,
 *   query_q = v_q ∘ text + u_q
 * With v = 1 and u = 0, where it starts, that is the similarity itself, PickScore's score. The text alone is no part of it: it
 * would be the same for all pictures of a prompt. A question that does not read the prompt has u only. One question that does
 * needs neither, and is the similarity. The head `relation` adds `relationHead` to the questions that read the prompt.
 *
 * textEmbeds (B, D) and imageEmbeds (k·B, D), candidate-major, both L2-normalised; logitScale () → (k·B, N)
 */
export function questionScores(
  p: Params,
  { questions, head }: Scoring,
  { textEmbeds, imageEmbeds, logitScale }: { textEmbeds: Value; imageEmbeds: Value; logitScale: Value },
): Value {
  const [texts, width, count] = [dim(textEmbeds, 0), dim(textEmbeds, 1), questions.length];
  const text = reshape(textEmbeds, [texts, 1, width]);
  const images = reshape(imageEmbeds, [-1, texts, 1, width]); // (k, B, 1, D)
  const query = isPlainSimilarity(questions) ? text : questionQueries(p, questions, text); // (B, N, D)
  const similarities = reshape(mul(logitScale, sum(mul(images, query), [-1])), [-1, count]); // (k·B, N)
  if (head === 'similarity') return similarities;
  const relations = reshape(relationHead(p.at('relation'), images, text, count), [-1, count]);
  return add(similarities, mul(relations, constant(questions.map(readsOf), [count])));
}

const readsOf = ({ readsPrompt }: Question): number => (readsPrompt ? 1 : 0);

function questionQueries(p: Params, questions: readonly Question[], text: Value): Value {
  const shape = [questions.length, dim(text, -1)];
  const own = p.tensor('questions.bias', shape, { kind: 'zeros' });
  const ofPrompt = p.tensor('questions.weight', shape, { kind: 'ones' });
  const reads = constant(questions.map(readsOf), [questions.length, 1]);
  return add(mul(text, mul(ofPrompt, reads)), own);
}
