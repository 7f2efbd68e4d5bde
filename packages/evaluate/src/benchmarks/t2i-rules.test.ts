import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Box, Detection } from '../detection/detection.js';
import {
  attributeScore,
  complexScore,
  parseSpatial,
  positionScore,
  spatialScore,
  type T2iRelation,
} from './t2i-rules.js';

const { cases } = JSON.parse(
  readFileSync(new URL('../../../../fixtures/t2i_positions.reference.json', import.meta.url), 'utf8'),
) as { cases: [T2iRelation, Box, Box, number][] };

describe('the rules of T2I-CompBench', () => {
  it("see positions as the authors' code does: 240 random pairs of boxes", () => {
    for (const [relation, a, b, score] of cases) expect(positionScore(relation, a, b)).toBeCloseTo(score, 10);
  });

  it.each([
    ['a mouse on side of a key', ['mouse', 'on side of', 'key']],
    ['A girl on the top of an orange cat.', ['person', 'on the top of', 'orange cat']],
    ['the car next to a Boy', ['car', 'next to', 'person']],
  ])('read %j', (prompt, [first, relation, second]) =>
    expect(parseSpatial(prompt)).toEqual({ first, relation, second }),
  );

  it('read nothing else as a relation of two things', () => {
    for (const prompt of ['a nearby cat', 'two owls', 'near a cat', '']) expect(parseSpatial(prompt)).toBeNull();
  });

  it('give a picture half for its objects and half for their position, and nothing below a half', () => {
    const owl = (confidence: number, left: number): Detection => ({
      class: 'owl',
      confidence,
      box: [left, 0, left + 10, 10],
    });
    const cup: Detection = { class: 'cup', confidence: 0.6, box: [50, 0, 60, 10] };
    const asked = { first: 'owl', relation: 'on the left of', second: 'cup' } as const;
    expect(spatialScore([owl(0.8, 0), cup], asked)).toBeCloseTo(0.85, 12);
    expect(spatialScore([owl(0.8, 0), owl(0.9, 90), cup], asked)).toBe(0); // the surer one is on the right
    expect(spatialScore([owl(1, 0)], asked)).toBe(0);
  });

  it('multiply the answers of eight phrases, and average what a complex prompt asks for', () => {
    expect(attributeScore([0.5, 0.5, 1])).toBe(0.25);
    expect(attributeScore([...Array(8).fill(1), 0])).toBe(1);
    expect(attributeScore([])).toBe(1);
    const parts = { attribute: 0.9, spatial: 0.6, action: 0.3 };
    expect(complexScore('both', parts)).toBeCloseTo(0.6, 12);
    expect(complexScore('spatial', parts)).toBeCloseTo(0.75, 12);
    expect(complexScore('action', parts)).toBeCloseTo(0.6, 12);
  });
});
