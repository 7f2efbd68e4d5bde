import type { Scorer } from '@bradley/evaluate';
import { type Comparison, joinRaters, rankByRewards, scorerRater } from '@bradley/preferences';
import { integers, uniform } from '@bradley/runtime';
import { lookFlipped, lookPersona } from 'bradley';
import type { CandidateGroup } from './candidates.js';
import { type Choose, pairRecords, scoredRecords, writeRecords } from './labels.js';
import { type Style, styleRecords } from './styles.js';

/** What sets are made of: the candidates, and how each was scored, by scorer and then by picture. */
export interface Setting {
  /** Where candidates and sets lie. */
  readonly folder: string;
  readonly groups: readonly CandidateGroup[];
  /** The scores of every candidate of every group, four each, in the order of the groups. */
  scoresBy(scorer: Scorer): Promise<readonly (readonly number[])[]>;
  readonly persona: Scorer;
  /** A reward model that learnt from the persona's choices of these names, on other pictures than the candidates. */
  labeller(): Promise<Scorer>;
  /** As many of five reward models, each of which learnt from a fifth of those choices. */
  labellers(count: number): Promise<readonly Scorer[]>;
  stylePairs(style: Style): Promise<readonly StylePair[]>;
}

/** A drawing and the same in a style: sha256 of the files. */
export interface StylePair {
  readonly prompt: string;
  readonly seed: number;
  readonly styled: string;
  readonly plain: string;
}

/** The sets that arms learn from. A newcomer adds a row. */
export const dataSets: Readonly<Record<string, (setting: Setting) => Promise<string>>> = {
  'persona-pairs': async (setting) => {
    const scores = await setting.scoresBy(setting.persona);
    const best = higher(setting, scores);
    const choose: Choose = (group, pair) => {
      const liked = best(group, pair);
      return lookFlipped(`${group.prompt}-${group.seed}-${pair[0]}`) ? ((1 - liked) as 0 | 1) : liked;
    };
    return writeRecords(setting.folder, 'persona-pairs', pairRecords(setting.groups, lookPersona, choose));
  },
  'labeller-pairs': async (setting) => {
    const labeller = await setting.labeller();
    const best = higher(setting, await setting.scoresBy(labeller));
    const records = pairRecords(setting.groups, scorerRater(labeller), best);
    return writeRecords(setting.folder, 'labeller-pairs', records, [labeller]);
  },
  'ranking-of-one': (setting) => ranking(setting, 'ranking-of-one', 1),
  'ranking-of-five': (setting) => ranking(setting, 'ranking-of-five', 5),
  'pairs-of-one': (setting) => ranking(setting, 'pairs-of-one', 1, ordered),
  'pairs-of-five': (setting) => ranking(setting, 'pairs-of-five', 5, ordered),
  'ranking-at-random': async (setting) => {
    const draws = uniform({ seed: 0, stream: 'labels', step: 0, index: 0 }, 4 * setting.groups.length);
    const scores = scoredRecords(setting.groups, 'random', (_, at) => ({
      random: [...draws.subarray(4 * at, 4 * at + 4)],
    }));
    return writeRecords(setting.folder, 'ranking-at-random', scores);
  },
  'pairs-at-random': async (setting) => {
    const draws = integers({ seed: 0, stream: 'labels', step: 1, index: 0 }, 2 * setting.groups.length, 2);
    const choose: Choose = (group, [a]) => draws[2 * setting.groups.indexOf(group) + a / 2] as 0 | 1;
    return writeRecords(setting.folder, 'pairs-at-random', pairRecords(setting.groups, 'random', choose));
  },
  'near-style': (setting) => styled(setting, 'warm'),
  'far-style': (setting) => styled(setting, 'night'),
};

/** Whichever picture of a pair was scored higher. */
function higher({ groups }: Setting, scores: readonly (readonly number[])[]): Choose {
  const of = new Map(groups.map((group, i) => [group, scores[i] as readonly number[]]));
  return (group, [a, b]) => {
    const values = of.get(group) as readonly number[];
    return (values[a] as number) >= (values[b] as number) ? 0 : 1;
  };
}

/** Four candidates with the raw scores of so many labellers, or what is made of them. */
async function ranking(
  setting: Setting,
  name: string,
  rewards: number,
  outcome: (record: Comparison) => Comparison = (record) => record,
): Promise<string> {
  const scorers = await setting.labellers(rewards);
  const all = await Promise.all(scorers.map((scorer) => setting.scoresBy(scorer)));
  const records = scoredRecords(setting.groups, joinRaters(scorers.map(scorerRater)), (_, at) =>
    Object.fromEntries(all.map((scores, i) => [`labeller-${i + 1}`, [...(scores[at] as readonly number[])]])),
  );
  return writeRecords(setting.folder, name, records.map(outcome), scorers);
}

/** The order that the same scores give RankDPO, without its weights: every better with every worse is a pair. */
function ordered(record: Comparison): Comparison {
  if (record.outcome.kind !== 'scores') return record;
  return { ...record, outcome: { kind: 'ranking', order: [...rankByRewards(Object.values(record.outcome.by)).order] } };
}

async function styled(setting: Setting, style: Style): Promise<string> {
  return writeRecords(setting.folder, `${style}-pairs`, styleRecords(await setting.stylePairs(style)));
}
