import { type Box, type Detection, overlap } from '../detection/detection.js';
import type { Complexity } from '../prompt-sets/t2i-compbench.js';

/** The rules of T2I-CompBench. Huang et al. 2023, arXiv:2307.06350; the code of Karine-Huang/T2I-CompBench. */
const mostOverlap = 0.1;
const nearby = 150;

const relations = [
  'on side of',
  'next to',
  'near',
  'on the left of',
  'on the right of',
  'on the bottom of',
  'on the top of',
] as const;
export type T2iRelation = (typeof relations)[number];

export interface T2iSpatial {
  readonly first: string;
  readonly relation: T2iRelation;
  readonly second: string;
}

const people = new Set(['girl', 'boy', 'man', 'woman']);

/**
 * What a prompt of the spatial category asks for: 'a mouse on side of a key'. Null for one that is not of that form. The authors find the nouns by spaCy and
 * take the first and the last word; we take what stands around the relation. Girl, boy, man and woman are 'person' in both.
 */
export function parseSpatial(prompt: string): T2iSpatial | null {
  const form = new RegExp(`^(?:an? |the )?(.+?) (${relations.join('|')}) (?:an? |the )?(.+?)\\.?$`, 'i');
  const [, first, relation, second] = form.exec(prompt.trim()) ?? [];
  if (!first || !relation || !second) return null;
  const named = (noun: string): string => (people.has(noun.toLowerCase()) ? 'person' : noun.toLowerCase());
  return { first: named(first), relation: relation.toLowerCase() as T2iRelation, second: named(second) };
}

/**
 * 0.25 of each object's confidence and 0.5 of their position, 0 where that is below 0.5. Of each class the most confident counts.
 * Distances of 'near' are in pixels of the boxes.
 */
export function spatialScore(detections: readonly Detection[], { first, relation, second }: T2iSpatial): number {
  const surest = (name: string): Detection | undefined =>
    detections.filter((found) => found.class === name).sort((a, b) => b.confidence - a.confidence)[0];
  const [a, b] = [surest(first), surest(second)];
  const position = a && b ? positionScore(relation, a.box, b.box) : 0;
  const score = 0.25 * (a?.confidence ?? 0) + 0.25 * (b?.confidence ?? 0) + position / 2;
  return score < 0.5 ? 0 : score;
}

/** How well the first box lies so to the second: 1 where the direction is the larger offset of the centres and they overlap by less than 0.1, else 0.1 / IoU. */
export function positionScore(relation: T2iRelation, a: Box, b: Box): number {
  const dx = (b[0] + b[2] - a[0] - a[2]) / 2;
  const dy = (b[1] + b[3] - a[1] - a[3]) / 2;
  const clear = Math.min(1, mostOverlap / overlap(a, b)); // no overlap: 0.1 / 0 is infinite
  const towards = (along: number, across: number): number => (along > 0 && along > Math.abs(across) ? clear : 0);
  const close = Math.abs(dx) < nearby || Math.abs(dy) < nearby ? 1 : nearby / Math.max(Math.abs(dx), Math.abs(dy));
  const scores: Readonly<Record<T2iRelation, number>> = {
    'on side of': close,
    'next to': close,
    near: close,
    'on the left of': towards(dx, dy),
    'on the right of': towards(-dx, dy),
    'on the bottom of': towards(-dy, dx),
    'on the top of': towards(dy, dx),
  };
  return scores[relation];
}

/** BLIP-VQA: the product of the probabilities of yes to '<phrase>?', of eight phrases at most. */
export const attributeScore = (yes: readonly number[]): number =>
  yes.slice(0, 8).reduce((product, p) => product * p, 1);

/** 3-in-1, of a complex prompt: the mean of what it asks for. */
export function complexScore(
  complexity: Complexity,
  { attribute, spatial, action }: { readonly attribute: number; readonly spatial: number; readonly action: number },
): number {
  const parts = { spatial: [attribute, spatial], action: [attribute, action], both: [attribute, spatial, action] }[
    complexity
  ];
  return parts.reduce((sum, part) => sum + part, 0) / parts.length;
}
