import { fromModelRange } from '@bradley/formats';
import { promptKey } from '@bradley/preferences';
import { uniform } from '@bradley/runtime';
import { expect, it } from 'vitest';
import { applyLook, type Look } from '../../arena/looks.js';
import { openJudge } from '../judge/open-judge.js';
import { openLabellingScorer } from '../labelling/open-labelling-scorer.js';
import { readEmojiNames } from '../names.js';
import { readEmojiPictures } from '../pictures.js';
import { judgeFolder, labellingScorerFolder } from './folders.js';
import { lookPersona, lookUtility } from './look-taste.js';
import { nameSetOf } from './name-sets.js';

const names = await readEmojiNames();
const scorers = {
  labelling: await openLabellingScorer(labellingScorerFolder, { threads: 1 }),
  judge: await openJudge(judgeFolder, { threads: 1 }),
};

it.each(['labelling', 'judge'] as const)(
  'the %s model says of whom it learnt: the persona, on its own half of the names',
  (set) => {
    const { learntFrom } = scorers[set];
    expect(learntFrom?.raters).toEqual([lookPersona]);
    const own = names.filter((name) => nameSetOf(name) === set).map(({ name }) => promptKey(name));
    expect(learntFrom?.prompts).toEqual(own.sort());
  },
);

it.each(['labelling', 'judge'] as const)(
  'the %s model answers as the persona about held-out names in two looks',
  async (set) => {
    const pictures = (
      await readEmojiPictures(
        undefined,
        names.filter(({ split }) => split === 'heldout'),
      )
    ).filter(({ designer }) => designer === 'noto');
    const items = pictures.flatMap(({ name, category, image }, i) => {
      const [warm = 0, light = 0] = uniform({ seed: 5, stream: 'test looks', step: i, index: 0 }, 2).map(
        (u) => 2 * u - 1,
      );
      const look: Look = { warm: warm < 0 ? -0.8 : 0.8, light: 0.8 * light, vivid: 0 };
      return [look, { warm: -look.warm, light: -look.light, vivid: 0 }].map((side) => {
        const data = fromModelRange(applyLook(image, side));
        return { prompt: name, category, image: { width: 64, height: 64, data } };
      });
    });
    const scores = await scorers[set].score(items);
    const liked = items.map(({ category, image }) => lookUtility(category, image));
    let right = 0;
    for (let i = 0; i < items.length; i += 2)
      if (Number(scores[i]) > Number(scores[i + 1]) === Number(liked[i]) > Number(liked[i + 1])) right++;
    expect(right / pictures.length).toBeGreaterThan(0.8); // who does not read the prompt: about two in three
  },
);
