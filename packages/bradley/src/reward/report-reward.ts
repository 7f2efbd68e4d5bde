import { join } from 'node:path';
import {
  accuracyAtThreshold,
  agreementOf,
  type Calibration,
  calibration,
  type Measured,
  measured,
  type Proportion,
  type Report,
  type TieAccuracy,
  tieAccuracy,
  writeReport,
} from '@bradley/evaluate';
import type { Comparison } from '@bradley/preferences';
import { openRewardJudge, openRewardModel, type RewardModel } from '@bradley/train';
import { judgedDifferences, type ScoredRow, scoreRows } from './judge-rows.js';
import { loadRewardData } from './reward-data.js';
import { pixelsOf, rewardConfigOf } from './run-reward.js';

export interface QuestionReport extends TieAccuracy {
  readonly question: string;
  /** With ties at the threshold of reward.json. */
  readonly atStoredThreshold: Proportion;
  /** Null where no temperature could be fitted. */
  readonly calibration: Calibration | null;
  readonly temperature: number | null;
  /** Krippendorff's α of the people among themselves, and with the model as one of them; null where it says nothing. */
  readonly alpha: { readonly people: number | null; readonly withModel: number | null };
  /** How often each agrees with the others' most frequent verdict, the model among them. */
  readonly raters: readonly { readonly rater: string; readonly withOthers: Measured }[];
}

/** Accuracy of models that learnt from so many pairs. */
export interface CurvePoint {
  readonly pairs: number;
  readonly withoutTies: Proportion;
}

export interface RewardReport {
  readonly folder: string;
  readonly data: string;
  readonly questions: readonly QuestionReport[];
  readonly curve: readonly CurvePoint[];
}

/** The name of the model among the raters. */
const modelRater = 'the reward model';

/**
 * Judges a trained reward model on the comparisons of prompts that it did not learn from.
 */
export async function reportReward(
  folder: string,
  { curve = [], threads }: { readonly curve?: readonly CurvePoint[]; readonly threads?: number } = {},
): Promise<RewardReport> {
  const model = await openRewardModel(folder);
  const config = await rewardConfigOf(folder);
  const data = await loadRewardData(config);
  if (data.heldOut.length === 0)
    throw new Error(`${folder}: nothing was held out to judge the model on. Train it with --held-out 0.1, say.`);
  const judge = await openRewardJudge(model, threads ? { threads } : {});
  const scored = await scoreRows(model, judge, data.heldOut, pixelsOf(model, data), { tokens: model.reward.tokens });
  await judge.release();
  const questions = data.questions.map((_, q) => questionReport(model, scored, data.heldOutComparisons, q));
  return { folder, data: config.data, questions, curve };
}

/** Accuracy without ties over all questions, for a point of a curve. */
export const overall = ({ questions }: RewardReport): Proportion =>
  questions.reduce(
    (sum, { withoutTies: { count, total } }) => ({ count: sum.count + count, total: sum.total + total }),
    { count: 0, total: 0 },
  );

function questionReport(
  { reward }: RewardModel,
  scored: readonly ScoredRow[],
  comparisons: readonly Comparison[],
  q: number,
): QuestionReport {
  const { name, temperature, tieThreshold } = reward.questions[q] as RewardModel['reward']['questions'][number];
  const judged = judgedDifferences(scored, q);
  const own = comparisons.filter(({ question }) => question === name);
  const people = agreementOf(own);
  const both = agreementOf([...own, ...modelVerdicts(own, scored, q, tieThreshold)]);
  return {
    question: name,
    ...tieAccuracy(judged),
    atStoredThreshold: accuracyAtThreshold(judged, tieThreshold),
    temperature,
    calibration: temperature === null ? null : calibration(judged, temperature),
    alpha: { people: people.alpha.alpha, withModel: both.alpha.alpha },
    raters: both.raters.map(({ rater, withOthers }) => ({ rater: rater ?? 'unnamed', withOthers })),
  };
}

/** What the model would have answered where people judged two pictures, once for each. */
function modelVerdicts(
  comparisons: readonly Comparison[],
  scored: readonly ScoredRow[],
  q: number,
  threshold: number | null,
): Comparison[] {
  const differences = new Map(
    scored.map(({ row, a, b }) => [key(row.prompt, row.a.media, row.b.media), (a[q] as number) - (b[q] as number)]),
  );
  const seen = new Set<string>();
  return comparisons.flatMap((comparison) => {
    const [first, second] = comparison.candidates;
    if (comparison.candidates.length !== 2 || !first || !second) return [];
    const ordered = first.media < second.media;
    const unit = ordered
      ? key(comparison.prompt, first.media, second.media)
      : key(comparison.prompt, second.media, first.media);
    const difference = differences.get(unit);
    if (difference === undefined || seen.has(unit)) return [];
    seen.add(unit);
    const ahead = ordered ? difference : -difference;
    const tie = threshold !== null && Math.abs(difference) <= threshold;
    const outcome: Comparison['outcome'] = tie ? { kind: 'tie' } : { kind: 'winner', index: ahead > 0 ? 0 : 1 };
    return [{ ...comparison, id: `${comparison.id}:model`, rater: modelRater, outcome }];
  });
}

const key = (...parts: string[]): string => JSON.stringify(parts);

/** Writes the page of a report. */
export async function writeRewardReport(path: string, report: RewardReport, model: RewardModel): Promise<void> {
  await writeReport(path, pageOf(report, model));
}

export const reportPage = (folder: string): string => join(folder, 'report.html');

const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;

export function pageOf({ folder, data, questions, curve }: RewardReport, { reward }: RewardModel): Report {
  const total = questions.reduce((sum, { withoutTies }) => sum + withoutTies.total, 0);
  return {
    title: 'A reward model, judged',
    summary: {
      sentences: [
        `The model in ${folder} learnt from ${reward.trained.trainingPairs} pairs of pictures by the loss ${reward.loss.name}. ` +
          `It is judged by ${total} preferences of ${data}, on prompts that it did not learn from.`,
        'Temperature and tie threshold were fitted on these same comparisons: calibration and accuracy with ties are a little too good.',
      ],
      figures: questions.map(({ question, withoutTies }) => ({
        label: `accuracy without ties: ${question}`,
        value: withoutTies,
      })),
    },
    grids: [],
    figures: [],
    curves: [],
    plots: [
      ...questions.flatMap(({ question, calibration }) =>
        calibration === null || calibration.error === null
          ? []
          : [
              {
                title: `Reliability: ${question}`,
                note: `How often the preferred picture is the one that was predicted, by how surely. Expected calibration error ${percent(calibration.error)}.`,
                x: 'predicted probability',
                diagonal: true,
                points: calibration.bins.map(({ confidence, right }) => ({ x: confidence ?? 0.5, share: right })),
              },
            ],
      ),
      ...(curve.length > 0
        ? [
            {
              title: 'Accuracy by the number of pairs',
              note: 'A model for each number, trained alike; each learns from what the smaller one learnt from, and more.',
              x: 'pairs learnt from',
              logarithmic: true,
              points: curve.map(({ pairs, withoutTies }) => ({ x: pairs, share: withoutTies })),
            },
          ]
        : []),
    ],
    tables: [
      {
        title: 'Accuracy',
        note: 'With ties: differences up to a threshold are predicted ties; “best” is the most that any threshold gives here (Deutsch et al. 2023).',
        columns: ['question', 'without ties', 'with ties, best', 'at its own threshold', 'threshold', 'temperature'],
        rows: questions.map(({ question, withoutTies, withTies, atStoredThreshold, threshold, temperature }) => [
          question,
          withoutTies,
          withTies,
          atStoredThreshold,
          threshold ?? 'no ties',
          temperature ?? 'not fitted',
        ]),
      },
      {
        title: 'Agreement with people',
        note: 'How often each says what most of the others said, and Krippendorff’s α, nominal.',
        columns: ['question', 'rater', 'agrees with the others', 'α of the people', 'α with the model'],
        rows: questions.flatMap(({ question, raters, alpha }) =>
          raters.map(({ rater, withOthers: { count, total } }) => [
            question,
            rater,
            { count, total },
            alpha.people ?? '–',
            alpha.withModel ?? '–',
          ]),
        ),
      },
    ],
    nextSteps: [
      `Score pictures with it: npx bradley reward score --scorer reward:${folder} --images out`,
      `Judge models by it, on prompts that it has not learnt: npx bradley evaluate … --judge reward:${folder}`,
    ],
    run: Object.fromEntries(
      Object.entries({ loss: reward.loss, ...reward.trained }).flatMap(([name, value]) => {
        const text = settingText(value);
        return text === '' ? [] : [[words(name), text]];
      }),
    ),
  };
}

/** A setting as one reads it: what a thing is called, then its options; empty where there is none. */
function settingText(value: unknown): string {
  if (value === null || typeof value !== 'object') return String(value ?? '');
  if (Array.isArray(value)) return value.map(settingText).join(', ');
  const bare = ['name', 'kind', 'options'];
  return Object.entries(value)
    .map(([name, of]) => [bare.includes(name) ? '' : words(name), settingText(of)].filter(Boolean).join(' '))
    .filter(Boolean)
    .join(', ');
}

/** "weightDecay" as "weight decay" */
const words = (name: string): string => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** A report in a few lines for a terminal. */
export function rewardReportText({ questions, curve }: RewardReport, page: string): string {
  const shown = (proportion: Proportion): string => {
    const { share, interval } = measured(proportion);
    return share === null
      ? 'nothing to judge'
      : `${percent(share)} (${proportion.count} of ${proportion.total}, ${percent(interval.low)} to ${percent(interval.high)})`;
  };
  return [
    ...questions.flatMap(({ question, withoutTies, withTies, calibration: of }) => [
      `${question}: accuracy without ties ${shown(withoutTies)}`,
      `${question}: accuracy with ties ${shown(withTies)}`,
      ...(of?.error === null || of === null ? [] : [`${question}: calibration error ${percent(of.error)}`]),
    ]),
    ...curve.map(({ pairs, withoutTies }) => `${pairs} pairs: ${shown(withoutTies)}`),
    `Wrote ${page}`,
  ].join('\n');
}
