import { openClipFiles } from './clip-files.js';
import { clipScorerGraph } from './scorer-graphs.js';
import type { ScorerKind, ScorerOptions } from './scorer-kind.js';
import { similarityScorer } from './similarity-scorer.js';

/**
 * PickScore. Kirstain et al. 2023, arXiv:2305.01569; the scores of the authors' example: exp(logit_scale) · cos(text, picture),
 * about 20. Divided by exp(logit_scale), about 100, they are the cosines that others report; a softmax over the pictures of one
 * prompt gives the probability that each is chosen.
 */
export const pickscore: ScorerKind = {
  summary: 'PickScore: exp(logit_scale) × cosine of a CLIP ViT-H/14 that learnt from Pick-a-Pic',
  argument: 'hub name, folder or open_clip file of its CLIP model',
  defaultModel: 'yuvalkirstain/PickScore_v1',
  open: async (argument, options) =>
    similarityScorer(
      { name: 'pickscore', version: 1, value: (cosine, logitScale) => logitScale * cosine },
      await files(argument, options),
      options,
    ),
  graph: async (argument, options) => clipScorerGraph((await files(argument, options)).part, 'logitScale', options),
};

const files = (argument: string, options: ScorerOptions) =>
  openClipFiles(
    argument,
    { tokenizer: 'laion/CLIP-ViT-H-14-laion2B-s32B-b79K', pictures: { resize: 'pillow', crop: 'down' } },
    options,
  );
