import { type ScorerKind, type ScorerKinds, scorerKinds } from '@bradley/evaluate';
import { openJudge } from '../emoji/judge/open-judge.js';

/** The judge of the emoji world: it learnt from a stated persona, and knows the words of the emoji model alone. */
const emojiJudge: ScorerKind = {
  summary: 'the convolutional judge that ships: likes in emoji what a stated synthetic persona does, on other prompts',
  argument: null,
  open: (_, { device, threads }) =>
    openJudge(undefined, { ...(device ? { device } : {}), ...(threads ? { threads } : {}) }),
};

/** Whoever can judge an evaluation: every scorer, and what knows the model that ships. */
export const judgeKinds: ScorerKinds = { ...scorerKinds, 'emoji-judge': emojiJudge };
