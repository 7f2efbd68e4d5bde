import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Box, Detection } from '../detection/detection.js';
import type { DpgQuestion } from '../prompt-sets/dpg-bench.js';
import type { GenEvalPrompt, GenEvalRelation, GenEvalTask } from '../prompt-sets/geneval.js';
import { dpgScores, meanOf } from './dpg-rules.js';
import { judgeGenEval, objectsOf, relationsOf } from './geneval-rules.js';
import { meanInterval, promptInterval } from './prompt-interval.js';

const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../../fixtures/${name}.reference.json`, import.meta.url), 'utf8'));

interface GenEvalCase extends Pick<GenEvalPrompt, 'include' | 'exclude'> {
  readonly detections: readonly [string, number, number, number, number, number, string][];
  readonly tag: GenEvalTask;
  readonly correct: boolean;
}
const geneval = fixture('geneval_rules') as {
  cases: GenEvalCase[];
  relations: { a: Box; b: Box; relations: GenEvalRelation[] }[];
};
const dpg = fixture('dpg_rules') as {
  cases: { questions: [number, number[]][]; answers: number[][]; score: number }[];
};

describe('the rules of GenEval', () => {
  it("judge as the authors' code does: 300 random pictures", async () => {
    const verdicts = geneval.cases.map(async ({ detections, tag, include, exclude }) => {
      const colourOf = new Map<Detection, string>();
      const found = detections.map(([name, confidence, left, top, right, bottom, colour]) => {
        const detection: Detection = { class: name, confidence, box: [left, top, right, bottom] };
        colourOf.set(detection, colour);
        return detection;
      });
      const colours = async (objects: readonly Detection[]) => objects.map((object) => colourOf.get(object) as string);
      return (await judgeGenEval({ include, exclude }, objectsOf(found, tag), colours)).correct;
    });
    expect(await Promise.all(verdicts)).toEqual(geneval.cases.map(({ correct }) => correct));
  });

  it("see the relations that the authors' code sees: 200 random pairs of boxes", () => {
    for (const { a, b, relations } of geneval.relations)
      expect([...relationsOf({ box: a }, { box: b })].sort()).toEqual(relations);
  });

  it('never see two opposite relations, and the opposite ones from the other side', () => {
    const opposite = { 'left of': 'right of', 'right of': 'left of', above: 'below', below: 'above' } as const;
    const box = fc
      .tuple(fc.integer({ max: 99, min: 0 }), fc.nat(99), fc.nat(99), fc.nat(99))
      .map(([x, y, w, h]): Box => [x, y, x + w, y + h]);
    fc.assert(
      fc.property(box, box, (a, b) => {
        const seen = relationsOf({ box: a }, { box: b });
        for (const relation of seen) expect(seen.has(opposite[relation])).toBe(false);
        expect(new Set([...relationsOf({ box: b }, { box: a })].map((relation) => opposite[relation]))).toEqual(seen);
      }),
    );
  });

  it('say what is wrong', async () => {
    const cup: Detection = { class: 'cup', confidence: 0.5, box: [0, 0, 10, 10] };
    const owl: Detection = { class: 'owl', confidence: 0.95, box: [50, 0, 60, 10] };
    const red = async (objects: readonly Detection[]) => objects.map(() => 'red');
    const include: GenEvalPrompt['include'] = [
      { class: 'cup', count: 1, color: 'blue' },
      { class: 'owl', count: 1, position: ['left of', 0] },
      { class: 'car', count: 2 },
    ];
    const exclude = [{ class: 'owl', count: 1 }];
    expect(await judgeGenEval({ include, exclude }, objectsOf([cup, owl], 'position'), red)).toEqual({
      correct: false,
      reasons: [
        'expected blue cup, found red',
        'nothing for owl to be left of',
        'expected 2 car, found 0',
        'expected fewer than 1 owl, found 1',
      ],
    });
    expect([...objectsOf([cup, owl], 'counting').keys()]).toEqual(['owl']); // surer than 0.9
  });
});

describe('the rules of DPG-Bench', () => {
  const question = (id: number, parents: readonly number[]): DpgQuestion => ({
    id,
    parents,
    question: '',
    category: '',
    detailedCategory: '',
  });

  it("score as the authors' code does: 150 random prompts", () => {
    for (const { questions, answers, score } of dpg.cases) {
      const asked = questions.map(([id, parents]) => question(id, parents));
      const scores = answers.map((row) => meanOf(dpgScores(asked, row.map(Boolean))));
      expect(meanOf(scores)).toBeCloseTo(score, 12);
    }
  });

  it('take a no down a chain in the order of the file only', () => {
    const chain = [question(1, []), question(2, [1]), question(3, [2])];
    expect(dpgScores(chain, [false, true, true])).toEqual([0, 0, 0]);
    expect(dpgScores([...chain].reverse(), [true, true, false])).toEqual([1, 0, 0]); // 3 asked its parent before that had lost
    expect(dpgScores([question(1, [9])], [true])).toEqual([1]);
  });
});

describe('the interval of a benchmark', () => {
  const scores = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 20 });

  it('holds its score, has a width even where all are the same, and stays between 0 and 1', () =>
    fc.assert(
      fc.property(fc.array(scores, { minLength: 1, maxLength: 6 }), (tasks) => {
        const parts = tasks.map((task) => ({ score: meanOf(task), interval: promptInterval(task) }));
        const { low, high } = meanInterval(parts);
        const mean = meanOf(parts.map(({ score }) => score));
        expect(low).toBeLessThanOrEqual(mean + 1e-12);
        expect(high).toBeGreaterThanOrEqual(mean - 1e-12);
        expect(high - low).toBeGreaterThan(0.001);
        expect(low).toBeGreaterThanOrEqual(-1e-12);
        expect(high).toBeLessThanOrEqual(1 + 1e-12);
      }),
    ));

  it('of one task is its own, and of six alike narrower by the root of six', () => {
    const part = { score: 0.5, interval: promptInterval([0, 1, 0, 1]) };
    expect(meanInterval([part])).toEqual(part.interval);
    const width = ({ low, high }: { low: number; high: number }) => high - low;
    expect(width(meanInterval(Array(6).fill(part)))).toBeCloseTo(width(part.interval) / Math.sqrt(6), 12);
  });
});
