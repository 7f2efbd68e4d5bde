/** An answer that does not say what was asked: it may be asked again. */
export class UnusableAnswer extends Error {
  override readonly name = 'UnusableAnswer';
}

const unusable = (content: string, expected: string): UnusableAnswer =>
  new UnusableAnswer(`expected ${expected}, but the answer is ${JSON.stringify(content.slice(0, 300))}`);

/**
 * A score between two numbers, ends included, out of JSON with a `score`, alone or with text around it, or a number alone. Nothing is
 * clamped or guessed: an answer out of range or with two different scores is unusable.
 */
export function readScore(content: string, [low, high]: readonly [number, number]): number {
  const stated = jsonObjects(content).flatMap(({ score }) => (score === undefined ? [] : [toNumber(score)]));
  const scores = new Set(stated.length > 0 ? stated : [toNumber(content)]);
  const [score] = scores;
  if (scores.size !== 1 || score === undefined || !(score >= low && score <= high))
    throw unusable(content, `JSON with a score from ${low} to ${high}`);
  return score;
}

/** One of these words, as `field` of JSON, or first in an answer in which no other of them stands. */
export function readChoice<Choice extends string>(content: string, field: string, choices: readonly Choice[]): Choice {
  const stated = jsonObjects(content).flatMap((object) => (object[field] === undefined ? [] : [String(object[field])]));
  const words = stated.length > 0 ? stated : wordsOf(content);
  const found = new Set(
    words.flatMap((word) => choices.filter((choice) => choice.toLowerCase() === word.trim().toLowerCase())),
  );
  const [choice] = found;
  const clear =
    stated.length > 0 ? found.size === 1 && stated.every(isOneOf(choices)) : isOneOf(choices)(words[0] ?? '');
  if (found.size !== 1 || choice === undefined || !clear)
    throw unusable(content, `JSON whose ${field} is ${choices.join(' or ')}`);
  return choice;
}

const isOneOf =
  (choices: readonly string[]) =>
  (word: string): boolean =>
    choices.some((choice) => choice.toLowerCase() === word.trim().toLowerCase());

const wordsOf = (content: string): string[] => content.match(/[\p{L}\p{N}]+/gu) ?? [];

function toNumber(value: unknown): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^\s*[-+]?\d+(\.\d+)?\s*$/.test(value) ? Number(value) : Number.NaN;
}

/** The outermost JSON objects in a text, whatever stands between them. */
export function jsonObjects(text: string): Record<string, unknown>[] {
  const objects: Record<string, unknown>[] = [];
  let depth = 0;
  let start = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (quoted) {
      if (character === '\\') i++;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = depth > 0;
    else if (character === '{') {
      if (depth++ === 0) start = i;
    } else if (character === '}' && depth > 0 && --depth === 0) {
      const object = parseObject(text.slice(start, i + 1));
      if (object) objects.push(object);
    }
  }
  return objects;
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return null;
  }
}
