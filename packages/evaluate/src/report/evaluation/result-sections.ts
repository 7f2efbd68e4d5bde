import { neededText } from '../../win-rates/conclusion.js';
import { driftLevels } from '../../win-rates/drift.js';
import type { Comparison, Evaluation, JudgeResult } from '../../win-rates/evaluation.js';
import { type Html, html } from '../html.js';
import { numberText } from '../numbers.js';
import { table } from '../sections.js';
import { driftChart, leaderboardChart, rangeText, winRateChart } from './win-rate-chart.js';

/** How each conclusion is said, and in which colour of the page. */
const words = {
  improvement: { text: 'improvement', tone: 'good' },
  worse: { text: 'worse', tone: 'bad' },
  'not decided': { text: 'not decided', tone: 'open' },
  refused: { text: 'refused', tone: 'bad' },
} as const;

/** What the primary judge concludes of each contestant. */
export function conclusionSection({ judges, base }: Evaluation): Html {
  const primary = judges[0] as JudgeResult;
  return html`<ul class="conclusions">${primary.comparisons.map(
    ({
      contestant,
      conclusion,
      winRate,
    }) => html`<li class="card"><p class="conclusion"><strong>${contestant}</strong> over ${base}: <span class="badge ${words[conclusion.kind].tone}">${words[conclusion.kind].text}</span></p>
<p>By ${primary.judge.name}: ${conclusion.because}.</p>
${neededNote(neededText(conclusion, winRate?.prompts ?? 0))}
${conclusion.unchecked.length > 0 ? html`<p class="note">Could not be checked: ${conclusion.unchecked.join('; ')}.</p>` : undefined}</li>
`,
  )}</ul>
`;
}

const neededNote = (text: string | null): Html | undefined =>
  text === null ? undefined : html`<p class="note">${text[0]?.toUpperCase()}${text.slice(1)}.</p>`;

/** A card for each contestant: every judge's win rate, as a chart and in numbers. */
export function winRateSection({ judges, contestants }: Evaluation): Html {
  const cards = contestants.slice(1).map(
    ({ name }) => html`<article class="card"><h3>${name}</h3>${winRateChart(name, judges)}
${table(
  `${name}, by judge`,
  ['judge', 'win rate', '95 % interval', 'won / tied / lost', 'sign test', 'mean margin', 'says'],
  judges.map((of) => judgeRow(of, name)),
)}</article>
`,
  );
  return html`<section><h2>Who wins, by whom</h2><p class="note">The share of duels won, ties as a half. The interval reaches from the lower to the upper end of
Wilson’s and of a bootstrap over prompts. The sign test is over prompts. Each judge is a test of its own: the first one was named as the primary one before anything was
drawn, and its word is the result; with several, some will differ from no change by chance.</p>
<div class="cards wide">${cards}</div></section>
`;
}

function judgeRow({ judge, primary, comparisons }: JudgeResult, contestant: string): string[] {
  const name = `${judge.name}${primary ? ' (primary)' : ''}`;
  const of = comparisons.find((comparison) => comparison.contestant === contestant) as Comparison;
  if (!of.winRate) return [name, '–', '–', '0', '–', '–', of.conclusion.because];
  const { rate, interval, wins, ties, losses, signTest, margin } = of.winRate;
  const [mean, low, high] = [margin.mean, margin.interval.low, margin.interval.high].map(signed);
  const spread = `${mean} (${low} to ${high})`;
  const says = of.conclusion.kind === 'refused' ? `refused: ${of.conclusion.because}` : words[of.conclusion.kind].text;
  return [
    name,
    `${(100 * rate).toFixed(1)} %`,
    rangeText(interval),
    `${wins} / ${ties} / ${losses}`,
    pText(signTest),
    spread,
    says,
  ];
}

/** With a minus sign as all numbers of a page. */
const points = (share: number): string => (100 * share).toFixed(1).replace('-', '−');

/** What the training judge and another see, contestant by contestant, and along a run's checkpoints. */
export function driftSection({ drifts }: Evaluation): Html | undefined {
  if (drifts.length === 0) return undefined;
  const along = drifts.flatMap((drift) => (drift.step === null ? [] : [{ ...drift, step: drift.step }]));
  return html`<section><h2>Drifting apart</h2><p class="note">The gain by the judge whose preferences were trained on, against the gain by one that they are held out from, on the
same pictures. Unclear: ${driftLevels.unclear}. Watch: ${driftLevels.watch}. Alarm: ${driftLevels.alarm}.</p><div class="card">${
    along.length > 1 ? driftChart(along.sort((a, b) => a.step - b.step)) : undefined
  }${table(
    'Drift',
    ['contestant', 'by the teacher', 'by the held-out judge', 'difference', '95 % interval', 'drift'],
    drifts.map(({ contestant, teacher, heldOutJudge, taught, heldOut, difference, level }) => [
      contestant,
      `${(100 * taught).toFixed(1)} % (${teacher})`,
      `${(100 * heldOut).toFixed(1)} % (${heldOutJudge})`,
      `${points(difference.value)} points`,
      `${points(difference.interval.low)} to ${points(difference.interval.high)}`,
      level,
    ]),
  )}</div></section>
`;
}

export function diversitySection({ diversity }: Evaluation): Html | undefined {
  if (!diversity) return undefined;
  return html`<section><h2>Diversity</h2><p class="note">Mean distance between the pictures of two seeds of a prompt: ${diversity.measure}.</p><div class="card">${table(
    'Diversity',
    ['contestant', 'mean distance', 'of the base', '95 % interval'],
    diversity.of.map(({ contestant, mean, ofBase }) => [
      contestant,
      numberText(short(mean)),
      ofBase ? `${(100 * ofBase.ratio).toFixed(0)} %` : '–',
      ofBase ? rangeText(ofBase.interval) : '–',
    ]),
  )}</div></section>
`;
}

/** Worth showing of three or more: with two, it says what the win rate says. */
export function leaderboardSection({ judges, contestants }: Evaluation): Html | undefined {
  if (contestants.length < 3) return undefined;
  const cards = judges.map(
    ({
      judge,
      leaderboard,
    }) => html`<article class="card"><h3>${judge.name}</h3>${leaderboardChart(judge.name, leaderboard)}
${table(
  `Leaderboard by ${judge.name}`,
  ['contestant', 'strength', '95 % interval', 'won', 'tied', 'lost'],
  leaderboard.map(({ name, strength, interval, wins, ties, losses }) => [
    name,
    strength.toFixed(2),
    `${interval.low.toFixed(2)} to ${interval.high.toFixed(2)}`,
    wins,
    ties,
    losses,
  ]),
)}</article>
`,
  );
  return html`<section><h2>Leaderboard</h2><p class="note">Bradley–Terry strengths over all matches between contestants: a gap of d wins 1 / (1 + e⁻ᵈ) of them.</p>
<div class="cards">${cards}</div></section>
`;
}

export function categorySection({ judges, contestants }: Evaluation): Html | undefined {
  const cards = judges.flatMap(({ judge, comparisons }) => {
    const categories = [...new Set(comparisons.flatMap((of) => of.byCategory.map(({ category }) => category)))];
    if (categories.length < 2) return [];
    const rows = categories.map((category) => [
      category,
      ...comparisons.map(({ byCategory }) => {
        const of = byCategory.find((row) => row.category === category);
        return of ? `${(100 * of.rate).toFixed(0)} % of ${of.duels} (${rangeText(of.interval)})` : '–';
      }),
    ]);
    return [
      html`<article class="card"><h3>${judge.name}</h3>${table(
        `By category, ${judge.name}`,
        ['category', ...contestants.slice(1).map(({ name }) => name)],
        rows,
      )}</article>
`,
    ];
  });
  if (cards.length === 0) return undefined;
  return html`<section><h2>By category</h2><p class="note">Win rates with their counts and 95 % intervals. Many small tests: read them as a description.</p><div class="cards">${cards}</div></section>
`;
}

export function chunkedMeansSection({ judges }: Evaluation): Html | undefined {
  const found = judges.flatMap(({ judge, chunkedMeans }) => (chunkedMeans ? [{ judge, chunkedMeans }] : []));
  if (found.length === 0) return undefined;
  return html`<section><h2>Mean scores in chunks</h2><p class="note">As the HPS v2 benchmark reports them, but not times 100: the mean of the chunks’ means and their standard deviation.</p><div class="cards">${found.map(
    ({ judge, chunkedMeans }) => html`<article class="card"><h3>${judge.name}</h3>${table(
      `Means by ${judge.name}`,
      ['contestant', 'category', 'mean', 'deviation', 'chunks', 'pictures'],
      chunkedMeans.flatMap(({ contestant, means }) =>
        means.map((of) => [
          contestant,
          of.category ?? 'all',
          numberText(of.mean),
          numberText(of.deviation),
          of.chunks,
          of.pictures,
        ]),
      ),
    )}</article>
`,
  )}</div></section>
`;
}

/** With a minus sign that is as wide as a plus. */
const signed = (value: number): string => numberText(short(value)).replace('-', '−');

const short = (value: number): number => Number(value.toPrecision(3));

const pText = (p: number): string => (p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(3)}`);
