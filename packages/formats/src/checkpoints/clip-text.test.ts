import { expect, it } from 'vitest';
import { clipTextNames } from './clip-text.js';

it('gives a text encoder saved by transformers 5 the names of released checkpoints', () => {
  const saved = new Map([
    ['embeddings.token_embedding.weight', 1],
    ['text_projection.weight', 2],
  ]);
  const released = new Map([
    ['text_model.embeddings.token_embedding.weight', 1],
    ['text_projection.weight', 2],
  ]);
  expect(clipTextNames(saved)).toEqual(released);
  expect(clipTextNames(released)).toEqual(released);
});
