import type { Share, Verdict } from '@bradley/arena-contract';
import { choicesNeeded, wilson } from '@bradley/evaluate';
import type { JudgedPair } from '@bradley/preferences';

type Result = NonNullable<Verdict['result']>;
type Chosen = Result['pictures'][number]['chosen'];

/**
 * What a blind judgement found, all of whose pairs are judged. The claim rests on the first round, whose size was decided before
 * anything was seen; rounds that were added are told beside it, since going on until the answer pleases would find one by chance.
 */
export function verdictResult(pairs: readonly JudgedPair[], addressOf: (media: string) => string): Result {
  const judged = pairs.map((pair) => ({ ...pair, chosen: chosenOf(pair) }));
  const numbers = [...new Set(judged.map(({ round }) => round))];
  const [first = [], ...later] = numbers.map((number) => judged.filter(({ round }) => round === number));
  const after = shareOf(first);
  const { decided, needed } = choicesNeeded({ wins: after.count, total: after.total });
  const found = { after, undecided: first.length - after.total, decided, needed: needed === 'unknown' ? null : needed };
  return {
    ...found,
    says: sentence(found, later.length),
    trained: shareOf(first.filter(({ trained }) => trained)),
    unseen: shareOf(first.filter(({ trained }) => !trained)),
    later: later.map((round) => ({ after: shareOf(round), undecided: round.length - shareOf(round).total })),
    pictures: judged.map((pair) => ({
      ...{ prompt: pair.prompt, trained: pair.trained, round: pair.round, chosen: pair.chosen },
      before: addressOf(mediaOf(pair, 'before')),
      after: addressOf(mediaOf(pair, 'after')),
    })),
  };
}

/** The candidate of a side: the trained model's says its adapter. */
function mediaOf({ candidates }: JudgedPair, side: 'before' | 'after'): string {
  return candidates?.find(({ adapter }) => (adapter !== undefined) === (side === 'after'))?.media ?? '';
}

function chosenOf({ candidates, outcome }: JudgedPair): Chosen {
  const winner = outcome?.kind === 'winner' ? candidates?.[outcome.index] : undefined;
  return winner === undefined ? 'neither' : winner.adapter === undefined ? 'before' : 'after';
}

/** Choices won by the trained model, of the decided ones. */
function shareOf(judged: readonly { readonly chosen: Chosen }[]): Share {
  const count = judged.filter(({ chosen }) => chosen === 'after').length;
  const total = judged.filter(({ chosen }) => chosen !== 'neither').length;
  return { count, total, ...wilson({ count, total }) };
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;

type Found = Pick<Result, 'after' | 'undecided' | 'decided' | 'needed'>;

function sentence({ after: { count, total, low, high }, undecided, decided, needed }: Found, later: number): string {
  if (total === 0) return `You preferred neither in any of ${undecided} pairs: nothing can be said.`;
  const share =
    `You chose the trained model's picture in ${count} of ${total} choices: ${percent(count / total)}, ` +
    `with a 95 % interval from ${percent(low)} to ${percent(high)}.`;
  const ties = undecided === 0 ? '' : ` In ${undecided} more you preferred neither.`;
  const added = later === 0 ? '' : ' What was judged after this was first seen is told beside it, and not counted in.';
  return `${meaning(count > total - count, decided, needed)} ${share}${ties}${added}`;
}

function meaning(better: boolean, decided: boolean, needed: number | null): string {
  if (decided)
    return better
      ? 'You prefer the trained model.'
      : 'You prefer the model as it was: this training made it worse for you.';
  return needed === null
    ? 'These choices cannot tell the two apart. At so even a share more of them would not either.'
    : `These choices are too few to tell: if the share of them is the true one, it would take ${needed} in all.`;
}
