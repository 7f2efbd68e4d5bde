import type { Tensor } from '@bradley/formats';
import { backward, graph, input, inputsOf, type Value } from '@bradley/graph';
import {
  bradleyTerry,
  bradleyTerryTies,
  type ObjectiveOutput,
  pickscore,
  type ScoredPair,
  scoreRegression,
} from '@bradley/objectives';
import { evaluate } from '@bradley/runtime';
import { type Case, dataOf, find, floats, type RunResult, readPart, relativeError, tolerance, worst } from './case.js';

type Io = ReadonlyMap<string, Tensor>;

/** Scores and labels of one run, flat; `entries` of them to a row. */
interface Numbers {
  readonly shape: readonly number[];
  readonly a: Float32Array;
  readonly b: Float32Array;
  readonly label: Readonly<Record<'a' | 'b' | 'tie' | 'weight', Float32Array>>;
  readonly ratings: { readonly a: Float32Array; readonly b: Float32Array };
}

interface Run {
  readonly numbers: Numbers;
  readonly loss: (pair: ScoredPair) => ObjectiveOutput;
  readonly expected: { readonly loss: number; readonly a: Float32Array; readonly b: Float32Array };
}

/** As both sources reduce: over all entries. */
const meanOver = 'all' as const;
const bt = (options: Partial<{ margin: number | 'ratings'; scale: boolean; centring: number }>) => (pair: ScoredPair) =>
  bradleyTerry.loss(pair, { margin: 0, scale: false, centring: 0, meanOver, ...options });

const videoAlign: Readonly<Record<string, Run['loss']>> = {
  bt: bt({}),
  margin: bt({ margin: 'ratings' }),
  constant_margin: bt({ margin: 0.57 }),
  scaled: bt({ scale: true }),
  btt: (pair) => bradleyTerryTies.loss(pair, { theta: 5, meanOver }),
  reg: (pair) => scoreRegression.loss(pair, { meanOver }),
};

const trl: Readonly<Record<string, Run['loss']>> = {
  plain: bt({}),
  margin: bt({ margin: 'ratings' }),
  centred: bt({ centring: 0.01 }),
};

/** Every run of TRL, VideoAlign and PickScore: the loss and its gradient at the scores. */
export async function rewardObjectivesCase(of: Case): Promise<RunResult[]> {
  const io = await readPart(of, 'io');
  const runs: Record<string, Run> = {
    ...Object.fromEntries(Object.entries(trl).map(([name, loss]) => [`trl.${name}`, trlRun(io, name, loss)])),
    ...Object.fromEntries(Object.entries(videoAlign).map(([name, loss]) => [`va.${name}`, vaRun(io, name, loss)])),
    pickscore: pickscoreRun(io),
  };
  const results: RunResult[] = [];
  for (const [name, run] of Object.entries(runs)) {
    const got = await compute(of, run);
    results.push(
      worst(`${of.name}/${name}`, [
        {
          at: 'loss',
          error: relativeError(got.loss, Float32Array.of(run.expected.loss)),
          tolerance: tolerance(of, 'out_rel'),
        },
        ...(['a', 'b'] as const).map((side) => ({
          at: `grad.${side}`,
          error: relativeError(got[side], run.expected[side]),
          tolerance: tolerance(of, 'grad_rel'),
        })),
      ]),
    );
  }
  return results;
}

/** [chosen; rejected], one reward a row: A is the chosen one. TRL's margin of a row is the rating of the chosen. */
function trlRun(io: Io, name: string, loss: Run['loss']): Run {
  const [a, b] = halves(floats(io, 'trl.in.rewards_chosen_then_rejected'));
  const [gradA, gradB] = halves(floats(io, `trl.${name}.grad.rewards`));
  const [ones, zeros] = [a.map(() => 1), a.map(() => 0)];
  const numbers = { shape: [a.length, 1], a, b, label: { a: ones, b: zeros, tie: zeros, weight: ones } };
  return {
    numbers: { ...numbers, ratings: { a: floats(io, 'trl.in.margin'), b: zeros } },
    loss,
    expected: { loss: scalar(io, `trl.${name}.out.loss`), a: gradA, b: gradB },
  };
}

function vaRun(io: Io, name: string, loss: Run['loss']): Run {
  const chosen = floats(io, 'va.in.chosen_label');
  const isLabel = (wanted: number) => chosen.map((label) => (label === wanted ? 1 : 0));
  return {
    numbers: {
      shape: find(io, 'va.in.rewards_A').shape,
      a: floats(io, 'va.in.rewards_A'),
      b: floats(io, 'va.in.rewards_B'),
      label: {
        a: isLabel(1),
        b: isLabel(-1),
        tie: isLabel(0),
        // Regression counts every rating, whatever the label.
        weight: chosen.map((label) => (label === 22 && name !== 'reg' ? 0 : 1)),
      },
      ratings: { a: floats(io, 'va.in.A_scores'), b: floats(io, 'va.in.B_scores') },
    },
    loss,
    expected: {
      loss: scalar(io, `va.${name}.out.loss`),
      a: floats(io, `va.${name}.grad.rewards_A`),
      b: floats(io, `va.${name}.grad.rewards_B`),
    },
  };
}

/** The fixture's loss is the plain cross-entropy; ours is less the label's entropy, a constant. */
function pickscoreRun(io: Io): Run {
  const [a, b] = columns(floats(io, 'pickscore.in.scores'));
  const [pa, pb] = columns(floats(io, 'pickscore.in.labels'));
  const [gradA, gradB] = columns(floats(io, 'pickscore.grad.scores'));
  const entropy = [...pa, ...pb].reduce((sum, p) => sum - (p > 0 ? p * Math.log(p) : 0), 0) / pa.length;
  const [ones, zeros] = [a.map(() => 1), a.map(() => 0)];
  return {
    numbers: {
      shape: [a.length, 1],
      a,
      b,
      label: { a: pa, b: pb, tie: zeros, weight: ones },
      ratings: { a: zeros, b: zeros },
    },
    loss: (pair) => pickscore.loss(pair, { meanOver }),
    expected: { loss: scalar(io, 'pickscore.out.loss_ce_soft') - entropy, a: gradA, b: gradB },
  };
}

async function compute(of: Case, { numbers, loss }: Run) {
  const at = (name: string): Value => input(name, numbers.shape);
  const pair: ScoredPair = {
    a: at('a'),
    b: at('b'),
    label: { a: at('label/a'), b: at('label/b'), tie: at('label/tie'), weight: at('label/weight') },
    ratings: { a: at('ratings/a'), b: at('ratings/b') },
  };
  const value = loss(pair).loss;
  const [gradA, gradB] = backward(value, [pair.a, pair.b]) as [Value, Value];
  const outputs = graph({ loss: value, gradA, gradB });
  const { label, ratings } = numbers;
  const all: Record<string, Float32Array> = {
    a: numbers.a,
    b: numbers.b,
    ...Object.fromEntries(Object.entries(label).map(([name, data]) => [`label/${name}`, data])),
    ...Object.fromEntries(Object.entries(ratings).map(([name, data]) => [`ratings/${name}`, data])),
  };
  const feeds = Object.fromEntries(inputsOf(outputs).map(({ name }) => [name, all[name] as Float32Array]));
  const results = await evaluate(outputs, feeds, { device: of.device });
  return { loss: dataOf(results.loss), a: dataOf(results.gradA), b: dataOf(results.gradB) };
}

const scalar = (io: Io, name: string): number => Number(floats(io, name)[0]);
const halves = (all: Float32Array) => [all.slice(0, all.length / 2), all.slice(all.length / 2)] as const;
const columns = (rows: Float32Array) =>
  [rows.filter((_, i) => i % 2 === 0), rows.filter((_, i) => i % 2 === 1)] as const;
