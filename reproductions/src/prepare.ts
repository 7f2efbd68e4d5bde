import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Scorer } from '@bradley/evaluate';
import {
  type Drawer,
  lookPersonaScorer,
  lookSets,
  nameSetOf,
  openEmojiJudge,
  openLabellingScorer,
  readEmojiNames,
  writeLookComparisons,
} from 'bradley';
import { type CandidateGroup, drawCandidates } from './candidates.js';
import type { Setting } from './data-sets.js';
import { trainLabellers } from './labellers.js';
import { recognisedEitherWay, recognisedScorer } from './recognised.js';
import { scoreCandidates } from './scores.js';
import { drawStylePairs } from './style-pairs.js';
import { type Style, styles } from './styles.js';

export interface Prepared {
  readonly setting: Setting;
  readonly judges: Readonly<Record<string, (data: string) => Scorer>>;
  /** The names that nobody learnt a preference of. */
  readonly heldOut: readonly string[];
  release(): Promise<void>;
}

/** Candidates of a name are drawn from these seeds, one a group. */
const candidateSeeds = [1000, 2000];

/** Draws what arms learn from, and opens who labels and judges: all of it once, kept in `folder`, and gone on with after a kill. */
export async function prepare(
  folder: string,
  drawer: Drawer,
  { threads, say }: { readonly threads: number; readonly say: (message: string) => void },
): Promise<Prepared> {
  const names = await readEmojiNames();
  const labelling = names.filter((name) => nameSetOf(name) === 'labelling');
  const candidates = join(folder, 'candidates');
  const groups: CandidateGroup[] = [];
  for (const first of candidateSeeds)
    groups.push(
      ...(await drawCandidates(
        candidates,
        drawer,
        labelling.map(({ name }) => name),
        (i) => first + i,
        (done, total) => {
          if (done % 25 === 0) say(`candidates: ${done} of ${total} names, seeds from ${first}`);
        },
      )),
    );
  const opened: Scorer[] = [];
  const keep = (scorer: Scorer): Scorer => {
    opened.push(scorer);
    return scorer;
  };
  const judge = keep(await openEmojiJudge(undefined, { threads }));
  const persona = await lookPersonaScorer();
  const recognised = keep(await recognisedScorer(threads));
  const styleOf: Readonly<Record<string, Style>> = { 'near-style': 'warm', 'far-style': 'night' };
  let labeller: Promise<Scorer> | undefined;
  let labellers: Promise<readonly Scorer[]> | undefined;

  async function fiveLabellers(): Promise<readonly Scorer[]> {
    say('five labellers: the persona’s choices, then a training on each fifth of them');
    const output = join(folder, 'choices');
    const file = await writeLookComparisons({ ...lookSets.labelling, output, names: labelling, threads: 1 });
    if (file === null) throw new Error('drawing was stopped');
    return (await trainLabellers(folder, file, threads)).map(keep);
  }

  return {
    heldOut: names.filter((name) => nameSetOf(name) === 'heldout').map(({ name }) => name),
    judges: {
      'emoji-judge': () => judge,
      'emoji-persona': () => persona,
      recognised: (data) => (styleOf[data] === 'night' ? recognisedEitherWay(recognised) : recognised),
      style: (data) => styleScorer(styleOf[data] ?? 'warm'),
    },
    setting: {
      folder: candidates,
      groups,
      persona,
      scoresBy: (scorer) => scoreCandidates(candidates, groups, scorer),
      labeller: () => {
        labeller ??= openLabellingScorer(undefined, { threads }).then(keep);
        return labeller;
      },
      labellers: async (count) => {
        labellers ??= fiveLabellers();
        return (await labellers).slice(0, count);
      },
      stylePairs: (style) =>
        drawStylePairs(
          candidates,
          drawer,
          style,
          groups.map(({ prompt, seed }) => ({ prompt, seed })),
        ),
    },
    async release() {
      for (const scorer of opened) await scorer.release();
    },
  };
}

/** How much of a style a picture has, by its rule about pixels. */
function styleScorer(style: Style): Scorer {
  return {
    name: `style-${style}`,
    identity: createHash('sha256').update(`style ${style} 1`).digest('hex'),
    weights: null,
    readsPrompt: false,
    learntFrom: { raters: [], prompts: [] },
    score: async (items) => Float64Array.from(items, ({ image }) => styles[style](image)),
    release: async () => undefined,
  };
}
