import type { Objective } from '@bradley/objectives';
import {
  type Comparison,
  type ComparisonSource,
  isHeldOut,
  type LearntFrom,
  learntFrom,
  openComparisons,
  type PairOptions,
  type TrainingGroup,
  trainingPairs,
  trainingRanking,
} from '@bradley/preferences';
import type { RunConfig } from '../config/run-config.js';

export interface LoadedGroups {
  readonly source: ComparisonSource;
  /** On prompts that are trained on. */
  readonly train: readonly TrainingGroup[];
  /** On prompts that are not. */
  readonly heldOut: readonly TrainingGroup[];
  /** Whose comparisons the groups trained on are, and on which prompts. */
  readonly learntFrom: LearntFrom;
  /** Rows that could not be read; `bradley data check` says why. */
  readonly refused: number;
}

/**
 * The groups of a run's data, as its objective learns from them: rankings, or pairs. Split by prompt. Ties stay only where the objective can
 * learn from them.
 *
 * @throws Error when not one group is left to train on
 */
export async function loadGroups(
  data: Omit<RunConfig['data'], 'snapshots' | 'carryOver'>,
  { needs, usesTies }: Pick<Objective, 'needs' | 'usesTies'>,
): Promise<LoadedGroups> {
  const source = await openComparisons(data.path);
  const groupsOf = needs.group === 'ranking' ? rankingsOf : trainingPairs;
  const options: PairOptions = { rankings: data.rankings, ...(data.scorer === null ? {} : { scorer: data.scorer }) };
  const split = { fraction: data.heldOut, salt: data.splitSalt };
  const train: TrainingGroup[] = [];
  const heldOut: TrainingGroup[] = [];
  const trained: Pick<Comparison, 'prompt' | 'rater'>[] = [];
  let [refused, firstRefusal] = [0, ''];
  for await (const row of source) {
    if ('refused' in row) {
      refused++;
      firstRefusal ||= `${row.where}: ${row.refused}`;
      continue;
    }
    const groups = groupsOf(row.record, options).filter((group) => isOrdered(group) || usesTies);
    const held = isHeldOut(row.record.prompt, split);
    (held ? heldOut : train).push(...groups);
    if (!held && groups.length > 0) trained.push(row.record);
  }
  if (train.length === 0)
    throw new Error(
      `${data.path}: there is no ${needs.group === 'ranking' ? 'ranking' : 'pair'} to train on (${heldOut.length} held out, ${refused} rows refused` +
        `${firstRefusal ? `, the first at ${firstRefusal}` : ''}). Look with: npx bradley data check ${data.path}`,
    );
  return { source, train, heldOut, learntFrom: learntFrom(trained, await source.teachers?.()), refused };
}

/** Whether a group sets its first candidate over its last: a tie does not. */
export const isOrdered = ({ phi }: TrainingGroup): boolean => (phi[0] as number) > (phi.at(-1) as number);

/** A step of more candidates is not what RankDPO was made for, and its pairs grow with their square. */
const mostCandidates = 8;

function rankingsOf(record: Comparison, { scorer }: PairOptions): TrainingGroup[] {
  const ranking = trainingRanking(record, scorer === undefined ? {} : { scorer });
  if (!ranking) return [];
  const { length } = ranking.candidates;
  if (length > mostCandidates)
    throw new Error(
      `record ${record.id}: it ranks ${length} candidates, and a ranking is trained on with at most ${mostCandidates}. ` +
        'Keep fewer of them, or train on their pairs with objective: diffusion-dpo.',
    );
  return [ranking];
}
