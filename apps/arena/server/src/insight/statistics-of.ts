import type { Share, Statistics } from '@bradley/arena-contract';
import {
  type AlphaWithInterval,
  agreementOf,
  type KnownAnswers,
  knownAnswers,
  krippendorffInterval,
  type Measured,
  measured,
  type PositionBiases,
  positionBias,
  type Random,
  type RightAnswer,
  raterSpeed,
} from '@bradley/evaluate';
import type { Comparison, InsightRow, Outcome } from '@bradley/preferences';

/** What statistics are made of. */
export interface InsightData {
  readonly rows: readonly InsightRow[];
  readonly withdrawn: number;
  readonly questions: readonly string[];
  readonly raters: ReadonlyMap<string, string>;
  readonly expected: ReadonlyMap<string, Outcome>;
}

/** Nobody has looked at two candidates in less. */
const tooFastBelow = 500;
/** A bootstrap draws this many units in all, and between 100 and 1,000 times all of them. */
const drawnUnits = 2e6;

/** The row as a record; a gold or attention task is named by the id, since `knownAnswers` asks by record. */
export const recordOf = (row: InsightRow): Comparison => ({
  ...{ id: row.taskId ?? '', prompt: row.prompt, candidates: row.candidates },
  ...{ outcome: row.outcome, question: row.question },
  ...(row.raterId !== null && { rater: row.raterId }),
  ...(row.milliseconds !== null && { milliseconds: row.milliseconds }),
  ...(row.shown !== null && { shown: row.shown }),
});

/** The statistics of a project. Agreement and the place on screen leave out tasks whose answer is known: they are no matter of taste. */
export function statisticsOf(data: InsightData, random: () => Random): Statistics {
  const { rows, withdrawn, raters, expected } = data;
  const all = rows.map(recordOf);
  const judged = all.filter((_, i) => rows[i]?.purpose === 'ordinary' || rows[i]?.purpose === 'repeat');
  const speed = raterSpeed(all, { tooFastBelow });
  const agreement = new Map(agreementOf(judged).raters.map((one) => [one.rater, one]));
  const bias = positionBias(judged);
  const known = (['gold', 'attention'] as const).map((purpose) => {
    const asked = all.filter((_, i) => rows[i]?.purpose === purpose);
    return new Map(knownAnswers(asked, ({ id }) => rightAnswer(expected.get(id))).map((one) => [one.rater, one]));
  }) as [Map<string | null, KnownAnswers>, Map<string | null, KnownAnswers>];
  const speeds = new Map(speed.raters.map((one) => [one.rater, one]));
  const counts = countsOf(all.map(({ rater = null }) => rater));
  return {
    comparisons: rows.length,
    withdrawn,
    raters: [...counts.keys()].filter((rater) => rater !== null).length,
    kinds: Object.fromEntries(countsOf(all.map(({ outcome }) => outcome.kind))),
    perDay: [...countsOf(rows.map(({ day }) => day))]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([day, comparisons]) => ({ day, comparisons })),
    questions: questionsOf(data, judged, random),
    speed: {
      median: speed.overall?.median ?? null,
      lower: speed.overall?.lowerQuartile ?? null,
      upper: speed.overall?.upperQuartile ?? null,
    },
    perRater: [...counts]
      .sort(([, a], [, b]) => b - a)
      .map(([rater, comparisons]) => ({
        id: rater ?? '',
        name: rater === null ? 'nobody known' : (raters.get(rater) ?? rater),
        comparisons,
        median: speeds.get(rater)?.median ?? null,
        tooFast: share(speeds.get(rater)?.tooFast),
        first: share(summed(bias.raters.filter((one) => one.rater === rater))),
        withOthers: share(agreement.get(rater)?.withOthers),
        withSelf: share(agreement.get(rater)?.withSelf),
        gold: share(known[0].get(rater)?.right),
        attention: share(known[1].get(rater)?.right),
      })),
  };
}

function questionsOf({ questions }: InsightData, judged: readonly Comparison[], random: () => Random) {
  const asked = new Set([...questions, ...judged.map(({ question }) => question)]);
  return [...asked].map((id) => {
    const own = judged.filter(({ question }) => question === id);
    return {
      id,
      comparisons: own.length,
      alpha: alphaOf(own, random()),
      first: share(summed(positionBias(own).overall)),
    };
  });
}

function alphaOf(comparisons: readonly Comparison[], random: Random) {
  const { units } = agreementOf(comparisons);
  const rated = units.filter(({ length }) => length >= 2);
  const resamples = Math.round(Math.min(1000, Math.max(100, drawnUnits / Math.max(rated.length, 1))));
  const found: AlphaWithInterval = krippendorffInterval(rated, 'nominal', random, { resamples });
  return {
    value: found.alpha,
    low: found.interval?.low ?? null,
    high: found.interval?.high ?? null,
    units: found.units,
    why: found.alpha === null ? found.reason : null,
  };
}

/** What is right where this is the known answer. */
function rightAnswer(expected: Outcome | undefined): RightAnswer | undefined {
  if (expected?.kind === 'winner') return expected.index;
  if (expected?.kind === 'ranking') return expected.order[0];
  return expected?.kind === 'tie' || expected?.kind === 'bothBad' ? expected.kind : undefined;
}

const summed = (rows: PositionBiases['overall']): Measured =>
  measured({
    count: rows.reduce((sum, { count }) => sum + count, 0),
    total: rows.reduce((sum, { total }) => sum + total, 0),
  });

const share = ({ count, total, interval }: Measured = measured()): Share => ({ count, total, ...interval });

function countsOf<Key>(keys: readonly Key[]): Map<Key, number> {
  const counts = new Map<Key, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}
