import type { Detection } from '../detection/detection.js';
import type { GenEvalPrompt, GenEvalRelation, GenEvalTask } from '../prompt-sets/geneval.js';

/**
 * The rules of GenEval. Ghosh et al. 2023, arXiv:2310.11513; evaluation/evaluate_images.py of djghosh13/geneval, its default settings.
 */
const thresholds = { counting: 0.9, other: 0.3 };
const mostOfClass = 16;
const shrink = 0.1;
const component = 0.5;

export const genEvalColours = [
  'red',
  'orange',
  'yellow',
  'green',
  'blue',
  'purple',
  'pink',
  'brown',
  'black',
  'white',
] as const;

/** The confidence above which a detection counts. */
export const genEvalThreshold = (task: GenEvalTask): number =>
  task === 'counting' ? thresholds.counting : thresholds.other;

/** The detections that count, by class, the most confident first, sixteen at most. */
export function objectsOf(detections: readonly Detection[], task: GenEvalTask): Map<string, Detection[]> {
  const objects = new Map<string, Detection[]>();
  for (const detection of [...detections].sort((a, b) => b.confidence - a.confidence)) {
    const found = objects.get(detection.class) ?? [];
    if (detection.confidence <= genEvalThreshold(task) || found.length === mostOfClass) continue;
    objects.set(detection.class, [...found, detection]);
  }
  return objects;
}

/** The colour of each object of a class, one of `genEvalColours`. */
export type ColoursOf = (objects: readonly Detection[], className: string) => Promise<readonly string[]>;

export interface GenEvalOutcome {
  readonly correct: boolean;
  /** What is wrong, a sentence each. */
  readonly reasons: readonly string[];
}

/**
 * A picture is correct if every `include` clause holds and no `exclude` clause does. Of each class the `count` most confident
 * objects are looked at: all of them need the colour, and each must stand in the relation to every object of the clause that it refers to.
 */
export async function judgeGenEval(
  { include, exclude }: Pick<GenEvalPrompt, 'include' | 'exclude'>,
  objects: ReadonlyMap<string, readonly Detection[]>,
  coloursOf: ColoursOf,
): Promise<GenEvalOutcome> {
  const reasons: string[] = [];
  const matched: (readonly Detection[] | null)[] = [];
  for (const { class: className, count, color, position } of include) {
    const found = (objects.get(className) ?? []).slice(0, count);
    const wrong = await (async () => {
      if (found.length < count) return `expected ${count} ${className}, found ${found.length}`;
      if (color !== undefined) {
        const colours = await coloursOf(found, className);
        if (colours.some((colour) => colour !== color))
          return `expected ${color} ${className}, found ${colours.join(', ')}`;
      }
      if (position === undefined) return null;
      const [relation, target] = position;
      const others = matched[target];
      if (!others) return `nothing for ${className} to be ${relation}`;
      const holds = found.every((object) => others.every((other) => relationsOf(object, other).has(relation)));
      return holds ? null : `expected ${className} ${relation} the other`;
    })();
    matched.push(wrong === null ? found : null);
    if (wrong !== null) reasons.push(wrong);
  }
  for (const { class: className, count } of exclude) {
    const found = objects.get(className)?.length ?? 0;
    if (found >= count) reasons.push(`expected fewer than ${count} ${className}, found ${found}`);
  }
  return { correct: reasons.length === 0, reasons };
}

/**
 * How a lies to b. The offset of the centres is shrunk on each axis by 0.1 of both boxes' sizes and divided by the length of the offset as
 * it was; a relation holds where that exceeds 0.5. y grows downwards.
 */
export function relationsOf(
  { box: a }: Pick<Detection, 'box'>,
  { box: b }: Pick<Detection, 'box'>,
): Set<GenEvalRelation> {
  const offset = [0, 1].map((axis) => (at(a, axis) + at(a, axis + 2) - at(b, axis) - at(b, axis + 2)) / 2);
  const length = Math.hypot(...offset);
  const [dx = 0, dy = 0] = offset.map((distance, axis) => {
    const sizes = Math.abs(at(a, axis + 2) - at(a, axis)) + Math.abs(at(b, axis + 2) - at(b, axis));
    const shrunk = Math.max(0, Math.abs(distance) - shrink * sizes);
    return shrunk < 1e-3 ? 0 : (Math.sign(distance) * shrunk) / length;
  });
  const relations = new Set<GenEvalRelation>();
  if (dx < -component) relations.add('left of');
  if (dx > component) relations.add('right of');
  if (dy < -component) relations.add('above');
  if (dy > component) relations.add('below');
  return relations;
}

const at = (box: readonly number[], i: number): number => box[i] as number;
