import type { Match } from '../bradley-terry.js';
import { type Leaderboard, standingsOf } from '../ranking/leaderboard.js';
import { type ChunkedMean, chunkedMean } from './chunked-mean.js';
import { type Conclusion, conclude, holm } from './conclusion.js';
import { type Diversity, diversityOf } from './diversity.js';
import { type Drift, driftOf } from './drift.js';
import { type Independence, independence, isTeacher, type JudgeOrigin, type Origin } from './independence.js';
import { randomStream } from './random-stream.js';
import { smallestRates } from './smallest-rates.js';
import { byCategory, type Duel, type WinRate, winRate } from './win-rate.js';

/** A prompt and a seed that every contestant draws. */
export interface Case {
  readonly prompt: string;
  readonly category?: string;
  readonly seed: number;
}

export interface EvaluatedContestant {
  readonly name: string;
  readonly origin: Origin | null;
  /** Of a checkpoint: the step of its run, for curves. */
  readonly step?: number;
}

export interface EvaluatedJudge extends JudgeOrigin {
  readonly name: string;
}

/** What a scorer gave: `scores[contestant][case]`. */
export interface ScorerEvidence {
  readonly judge: EvaluatedJudge;
  readonly scores: readonly Float64Array[];
}

/** What people chose: the duels of each contestant against the base, and all their matches, prompt by prompt. */
export interface VoteEvidence {
  readonly judge: EvaluatedJudge;
  readonly duels: readonly (readonly Duel[])[];
  readonly matches: readonly (readonly Match[])[];
}

export interface EvaluationInput {
  /** The base first. */
  readonly contestants: readonly EvaluatedContestant[];
  readonly cases: readonly Case[];
  /** The primary one first: its conclusions are the result. */
  readonly evidence: readonly (ScorerEvidence | VoteEvidence)[];
  /** Mean distance of the seeds of each prompt, contestant by contestant, and how it was measured; null with one seed. */
  readonly distances: { readonly measure: string; readonly of: readonly (readonly number[])[] } | null;
  /** Pictures a chunk, for means as HPS v2 gives them; null without. */
  readonly chunk?: number | null;
}

/** A contestant against the base, by one judge. */
export interface Comparison {
  readonly contestant: string;
  /** Null where people never compared the two. */
  readonly winRate: WinRate | null;
  readonly byCategory: readonly ({ readonly category: string } & WinRate)[];
  readonly independence: Independence;
  readonly conclusion: Conclusion;
}

export interface JudgeResult {
  readonly judge: EvaluatedJudge;
  readonly primary: boolean;
  readonly comparisons: readonly Comparison[];
  readonly leaderboard: Leaderboard['standings'];
  /** Mean score of each contestant; null of people. */
  readonly means: readonly number[] | null;
  readonly chunkedMeans: readonly { readonly contestant: string; readonly means: readonly ChunkedMean[] }[] | null;
}

export interface ContestantDrift extends Drift {
  readonly contestant: string;
  readonly step: number | null;
  readonly teacher: string;
  readonly heldOutJudge: string;
}

export interface Evaluation {
  readonly base: string;
  readonly contestants: readonly EvaluatedContestant[];
  readonly design: EvaluationDesign;
  readonly judges: readonly JudgeResult[];
  readonly drifts: readonly ContestantDrift[];
  readonly diversity: {
    readonly measure: string;
    readonly of: readonly ({ readonly contestant: string } & Diversity)[];
  } | null;
}

export interface EvaluationDesign {
  readonly prompts: number;
  readonly seeds: number;
  readonly duels: number;
  /**
   * The least win rate above ½ that is decided with 80 % probability, interval and sign test, for one contestant: if all duels are independent, and if
   * the seeds of a prompt all say the same. The truth lies between. Null where there are too few for any.
   */
  readonly smallest: { readonly independent: number | null; readonly alike: number | null };
}

/** What a design can tell, before anything is judged. */
export function designOf(cases: readonly Case[]): EvaluationDesign {
  const prompts = new Set(cases.map(({ prompt }) => prompt)).size;
  const seeds = new Set(cases.map(({ seed }) => seed)).size;
  const smallest = smallestRates(prompts, cases.length / Math.max(1, prompts));
  return { prompts, seeds, duels: cases.length, smallest };
}

/** Everything that is concluded from paired scores and votes: win rates, conclusions, leaderboards, drift, diversity. */
export function evaluateContestants(input: EvaluationInput): Evaluation {
  const { contestants, cases, evidence, distances } = input;
  const [base] = contestants;
  if (!base || contestants.length < 2) throw new Error('an evaluation compares a base with at least one contestant.');
  const judges = evidence.map((of, i) => judgeResult(input, of, i === 0));
  const diversity = distances && {
    measure: distances.measure,
    of: contestants.map(({ name }, i) => ({
      contestant: name,
      ...diversityOf(
        distances.of[i] as readonly number[],
        i === 0 ? null : (distances.of[0] as readonly number[]),
        randomStream(`diversity ${i}`),
      ),
    })),
  };
  return {
    base: base.name,
    contestants,
    design: designOf(cases.length > 0 ? cases : votedCases(evidence)),
    judges,
    drifts: driftsOf(input, judges, diversity),
    diversity,
  };
}

/** Where nothing was drawn, the design is that of the votes on the first contestant. */
function votedCases(evidence: EvaluationInput['evidence']): Case[] {
  const votes = evidence.find((of) => 'duels' in of);
  return (votes?.duels[1] ?? []).map(({ prompt }) => ({ prompt, seed: 0 }));
}

function judgeResult(input: EvaluationInput, evidence: ScorerEvidence | VoteEvidence, primary: boolean): JudgeResult {
  const { contestants, cases, chunk = null } = input;
  const { judge } = evidence;
  const others = contestants.slice(1);
  const rates = others.map((_, i) => {
    const duels = duelsOf(input, evidence, i + 1);
    const random = randomStream(`${judge.name} ${i}`);
    return duels.length === 0
      ? null
      : {
          all: winRate(duels, random),
          categories: [...byCategory(duels)].map(([category, of]) => ({
            category,
            ...winRate(of, random, { resamples: 1000 }),
          })),
          prompts: duels.map(({ prompt }) => prompt),
        };
  });
  const adjusted = holm(rates.map((of) => of?.all.signTest ?? 1));
  const comparisons = others.map(({ name, origin }, i): Comparison => {
    const found = rates[i];
    const checked = independence(origin, judge, found?.prompts ?? []);
    if (!found) {
      const because = 'nobody compared the two';
      const conclusion = { kind: 'not decided', because, unchecked: [], needed: null } as const;
      return { contestant: name, winRate: null, byCategory: [], independence: checked, conclusion };
    }
    const conclusion = conclude(found.all, adjusted[i] as number, checked, others.length);
    return { contestant: name, winRate: found.all, byCategory: found.categories, independence: checked, conclusion };
  });
  const scores = 'scores' in evidence ? evidence.scores : null;
  return {
    judge,
    primary,
    comparisons,
    leaderboard: standingsOf(matchesOf(input, evidence), randomStream(`${judge.name} leaderboard`)),
    means: scores?.map((of) => of.reduce((sum, score) => sum + score, 0) / of.length) ?? null,
    chunkedMeans: scores && chunk !== null ? chunkedMeansOf(contestants, cases, scores, chunk) : null,
  };
}

/** The contestant's duels with the base, by one judge. */
export function duelsOf(
  { cases }: EvaluationInput,
  evidence: ScorerEvidence | VoteEvidence,
  contestant: number,
): readonly Duel[] {
  if ('duels' in evidence) return evidence.duels[contestant] ?? [];
  const [base, own] = [evidence.scores[0], evidence.scores[contestant]];
  return cases.map(({ prompt, category }, i) => ({
    prompt,
    ...(category === undefined ? {} : { category }),
    margin: (own?.[i] ?? Number.NaN) - (base?.[i] ?? Number.NaN),
  }));
}

/** Every two contestants on every case, prompt by prompt. */
function matchesOf(
  { contestants, cases }: EvaluationInput,
  evidence: ScorerEvidence | VoteEvidence,
): readonly (readonly Match[])[] {
  if ('matches' in evidence) return evidence.matches;
  const clusters = new Map<string, Match[]>();
  for (const [at, { prompt }] of cases.entries()) {
    const list = clusters.get(prompt) ?? [];
    clusters.set(prompt, list);
    for (const [i, { name: a }] of contestants.entries())
      for (const [j, { name: b }] of contestants.slice(0, i).entries()) {
        const margin = (evidence.scores[i]?.[at] as number) - (evidence.scores[j]?.[at] as number);
        list.push({ a, b, outcome: margin > 0 ? 'a' : margin < 0 ? 'b' : 'tie' });
      }
  }
  return [...clusters.values()];
}

function chunkedMeansOf(
  contestants: readonly EvaluatedContestant[],
  cases: readonly Case[],
  scores: readonly Float64Array[],
  chunk: number,
): NonNullable<JudgeResult['chunkedMeans']> {
  const categories = [...new Set(cases.map(({ category }) => category ?? null))];
  return contestants.map(({ name }, c) => ({
    contestant: name,
    means: categories.map((of) =>
      chunkedMean(
        cases.flatMap(({ category = null }, i) => (category === of ? [scores[c]?.[i] as number] : [])),
        chunk,
        of,
      ),
    ),
  }));
}

/** Of every contestant that has a teacher and a held-out judge among the scorers: the first of each. */
function driftsOf(
  input: EvaluationInput,
  judges: readonly JudgeResult[],
  diversity: Evaluation['diversity'],
): ContestantDrift[] {
  const scorers = input.evidence.filter((of): of is ScorerEvidence => 'scores' in of);
  return input.contestants.flatMap(({ name, origin, step = null }, i) => {
    if (i === 0) return [];
    const teacher = scorers.find(({ judge }) => isTeacher(origin, judge));
    const other = scorers.find(({ judge }) => judge.learntFrom !== null && !isTeacher(origin, judge));
    if (!teacher || !other) return [];
    const result = judges.find(({ judge }) => judge === other.judge)?.comparisons[i - 1]?.winRate;
    if (!result) return [];
    const drift = driftOf(duelsOf(input, teacher, i), duelsOf(input, other, i), {
      heldOutInterval: result.interval,
      diversity: diversity?.of[i] ?? null,
      random: randomStream(`drift ${i}`),
    });
    return [{ contestant: name, step, teacher: teacher.judge.name, heldOutJudge: other.judge.name, ...drift }];
  });
}
