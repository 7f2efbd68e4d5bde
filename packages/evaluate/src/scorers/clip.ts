import { openClipFiles } from './clip-files.js';
import { clipScorerGraph } from './scorer-graphs.js';
import type { ScorerKind, ScorerOptions } from './scorer-kind.js';
import { similarityScorer } from './similarity-scorer.js';

/**
 * CLIP score: 100 · cos(text, picture), negative values as they are. With OpenAI's models it is the model's own logit, whose
 * logit_scale is ln 100. Others write max(cos, 0), 100 · max(cos, 0) or 2.5 · max(cos, 0) (Hessel et al. 2021, arXiv:2104.08718).
 */
export const clip: ScorerKind = {
  summary: 'CLIP score: 100 × cosine of prompt and picture',
  argument: 'hub name, folder or open_clip file of a CLIP model',
  defaultModel: 'openai/clip-vit-large-patch14',
  open: async (argument, options) =>
    similarityScorer(
      { name: 'clip', version: 1, value: (cosine) => 100 * cosine },
      await files(argument, options),
      options,
    ),
  graph: async (argument, options) => clipScorerGraph((await files(argument, options)).part, 100, options),
};

const files = (argument: string, options: ScorerOptions) =>
  openClipFiles(
    argument,
    { tokenizer: 'openai/clip-vit-large-patch14', pictures: { resize: 'pillow', crop: 'down' } },
    options,
  );
