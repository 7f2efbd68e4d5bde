import { openClipFiles } from './clip-files.js';
import { clipScorerGraph } from './scorer-graphs.js';
import type { ScorerKind, ScorerOptions } from './scorer-kind.js';
import { similarityScorer } from './similarity-scorer.js';

/**
 * Human Preference Score v2 and v2.1. Wu et al. 2023, arXiv:2306.09341; `hpsv2/img_score.py`: the cosine of prompt and picture
 * in an open_clip ViT-H/14, about 0.2 to 0.35; papers report it times 100. Its transform makes a float tensor of the picture
 * and resizes that: as torchvision 0.17 and later do it, with antialiasing. Earlier ones resized tensors without.
 */
const hpsKind = (name: string, version: string, file: string): ScorerKind => {
  const files = (argument: string, options: ScorerOptions) =>
    openClipFiles(
      argument,
      {
        tokenizer: 'laion/CLIP-ViT-H-14-laion2B-s32B-b79K',
        pictures: { resize: 'torch', crop: 'even' },
        files: [file],
      },
      options,
    );
  return {
    summary: `HPS ${version}: cosine of a CLIP ViT-H/14 that learnt from HPD v2`,
    argument: `folder or file of ${file}, or its hub name`,
    defaultModel: `xswu/HPSv2:${file}`,
    open: async (argument, options) =>
      similarityScorer({ name, version: 1, value: (cosine) => cosine }, await files(argument, options), options),
    graph: async (argument, options) => clipScorerGraph((await files(argument, options)).part, 1, options),
  };
};

export const hps = hpsKind('hps', 'v2', 'HPS_v2_compressed.pt');
export const hpsV21 = hpsKind('hps-v2.1', 'v2.1', 'HPS_v2.1_compressed.pt');
