import { type ScorerKinds, type ScorerOptions, scorerKinds } from '@bradley/evaluate';
import { judgeGraph, openJudge } from './emoji/judge/open-judge.js';
import { labellingScorerGraph, openLabellingScorer } from './emoji/labelling/open-labelling-scorer.js';
import { lookPersonaScorer } from './emoji/looks/persona-scorer.js';

const session = ({ device, threads }: ScorerOptions) => ({
  ...(device ? { device } : {}),
  ...(threads ? { threads } : {}),
});

/** Who knows a stated persona's taste in the emoji world, and the words of the emoji model alone. */
const emojiKinds: ScorerKinds = {
  'emoji-judge': {
    summary:
      'the convolutional judge that ships: likes in emoji what a stated synthetic persona does, on other prompts',
    argument: null,
    open: (_, options) => openJudge(undefined, session(options)),
    graph: (_, options) => judgeGraph(options),
  },
  'emoji-labelling': {
    summary: 'the CLIP that ships to label for training: the same persona, learnt on names of its own',
    argument: null,
    open: (_, options) => openLabellingScorer(undefined, session(options)),
    graph: (_, options) => labellingScorerGraph(options),
  },
  'emoji-persona': {
    summary:
      "that persona's own rule about pixels and the kind of thing that is shown: teacher of whoever learnt its choices",
    argument: null,
    open: () => lookPersonaScorer(),
  },
};

/** Every scorer that a command may name: the general ones, and those that know the model that ships. */
export const scorerTable: ScorerKinds = { ...scorerKinds, ...emojiKinds };
