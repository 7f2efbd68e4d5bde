import { fileURLToPath } from 'node:url';
import { openClipFiles } from './clip-files.js';
import { clipScorerGraph } from './scorer-graphs.js';
import type { ScorerKind, ScorerOptions } from './scorer-kind.js';
import { similarityScorer } from './similarity-scorer.js';

/** 100 · cos(prompt, picture) by the CLIP of the emoji world that ships. It learnt what pictures show, and from no comparison. */
export const emoji: ScorerKind = {
  summary:
    '100 × cosine of prompt and picture by the small CLIP that ships: knows the emoji model’s words, works offline',
  argument: null,
  open: async (_, options) => {
    const way = { name: 'clip', version: 1, value: (cosine: number) => 100 * cosine }; // it is the CLIP score of its folder
    const scorer = await similarityScorer(way, await files(options), options);
    return { ...scorer, name: 'emoji', learntFrom: { raters: [], prompts: [] } };
  },
  graph: async (_, options) => clipScorerGraph((await files(options)).part, 100, options),
};

const folder = fileURLToPath(new URL('../../../../models/emoji-clip/', import.meta.url));

const files = (options: ScorerOptions) =>
  openClipFiles(folder, { tokenizer: folder, pictures: { resize: 'pillow', crop: 'down' } }, options);
