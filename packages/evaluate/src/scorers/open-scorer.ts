import { closest } from 'fastest-levenshtein';
import type { Scorer } from './scorer.js';
import type { ScorerKind, ScorerKinds, ScorerOptions } from './scorer-kind.js';
import { scorerKinds } from './table.js';

export interface ScorerSpec {
  readonly name: string;
  readonly kind: ScorerKind;
  /** Empty for a kind that has none. */
  readonly argument: string;
}

/**
 * Reads `name` or `name:argument`; the argument may have colons itself.
 * @throws RangeError for a name that is not there, and for an argument that is missing or has no place
 */
export function parseScorerSpec(spec: string, kinds: ScorerKinds = scorerKinds): ScorerSpec {
  const colon = spec.indexOf(':');
  const name = colon === -1 ? spec : spec.slice(0, colon);
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
  if (!kind) throw new RangeError(unknownScorer(name, Object.keys(kinds)));
  const given = colon === -1 ? undefined : spec.slice(colon + 1);
  if (kind.argument === null) {
    if (given !== undefined) throw new RangeError(`the scorer ${name} takes nothing: write ${name}, not ${spec}`);
    return { name, kind, argument: '' };
  }
  const argument = given ?? kind.defaultModel;
  if (!argument) {
    const without = kind.defaultModel === undefined ? '' : `, or ${name} alone for ${kind.defaultModel}`;
    throw new RangeError(`the scorer ${name} needs a ${kind.argument}: write ${name}:<${kind.argument}>${without}`);
  }
  return { name, kind, argument };
}

/**
 * The specs in a text that names several, `pickscore,palette:#ff8800,#003366`. A comma begins another where a scorer's name
 * follows, or where what stands before it takes no argument; else it belongs to the argument.
 */
export function splitScorerSpecs(text: string, kinds: ScorerKinds = scorerKinds): string[] {
  const specs: string[] = [];
  for (const part of text.split(',')) {
    const name = part.split(':', 1)[0] as string;
    const last = specs.at(-1);
    if (last === undefined || !last.includes(':') || Object.hasOwn(kinds, name)) specs.push(part);
    else specs[specs.length - 1] = `${last},${part}`;
  }
  return specs;
}

/**
 * Opens the scorer that a spec names: `pickscore`, `pickscore:some/folder`, `judge:judge.yaml`.
 * @throws RangeError for a spec that names none; what its kind throws when it cannot be opened
 */
export async function openScorer(
  spec: string,
  options: ScorerOptions = {},
  kinds: ScorerKinds = scorerKinds,
): Promise<Scorer> {
  const { kind, argument } = parseScorerSpec(spec, kinds);
  return kind.open(argument, options);
}

function unknownScorer(name: string, names: readonly string[]): string {
  const list = `The scorers are ${names.join(', ') || 'none'}.`;
  if (name === '') return `a scorer is named as name or name:argument. ${list}`;
  return `there is no scorer '${name}'${names.length > 0 ? `; the nearest name is ${closest(name, names)}` : ''}. ${list}`;
}
