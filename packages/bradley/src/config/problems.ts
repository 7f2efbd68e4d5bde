import type { z } from 'zod';
import { type JsonSchema, namesAt, requiredBelow, typeText } from './fields.js';
import { nearestName } from './nearest-name.js';

/** One thing that is wrong with a value, where, and what would be right. */
export interface Problem {
  readonly path: readonly PropertyKey[];
  readonly text: string;
  /** Whether the name itself, not the value it has, is wrong. */
  readonly unknownName: boolean;
}

/** Everything that zod found wrong with `input`, each as what was expected and what was found. */
export function problemsOf(error: z.core.$ZodError, schema: JsonSchema, input: unknown): Problem[] {
  return error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => unknownName(key, issue.path, schema, input))
      : (missingBelow(issue, schema, input) ?? [
          { path: issue.path, text: mismatch(issue, valueAt(input, issue.path)), unknownName: false },
        ]),
  );
}

/** Of a section that is not there, each value that it must have; null for any other issue. */
function missingBelow(issue: z.core.$ZodIssue, schema: JsonSchema, input: unknown): Problem[] | null {
  if (issue.path.length === 0 || valueAt(input, issue.path) !== undefined) return null;
  const leaves = requiredBelow(schema, issue.path);
  if (leaves === null || leaves.length === 0) return null;
  return leaves.map(({ path, schemas }) => {
    const types = [...new Set(schemas.map((of) => typeNames[of.type ?? ''] ?? typeText(of)))];
    const constants = schemas.flatMap(({ const: constant }) => constant ?? []);
    const text = `missing, expected ${constants.length > 0 ? oneOf(constants) : types.join(' or ')}`;
    return { path, text, unknownName: false };
  });
}

function unknownName(key: string, path: readonly PropertyKey[], schema: JsonSchema, input: unknown): Problem {
  const valid = namesAt(schema, path, input);
  const nearest = nearestName(key, valid);
  const hint = nearest === null ? `the names here are ${valid.join(', ')}` : `did you mean ${nearest}?`;
  return { path: [...path, key], text: `there is no such name; ${hint}`, unknownName: true };
}

function mismatch(issue: z.core.$ZodIssue, found: unknown): string {
  if (issue.code === 'custom') return issue.message;
  const choices = 'values' in issue ? issue.values : 'options' in issue ? issue.options : undefined;
  const valid = (choices as readonly unknown[] | undefined)?.filter((choice) => choice != null).map(String);
  const nearest = typeof found === 'string' && valid !== undefined ? nearestName(found, valid) : null;
  const text =
    found === undefined ? `missing, expected ${expected(issue)}` : `expected ${expected(issue)}, found ${show(found)}`;
  return nearest === null ? text : `${text}; did you mean ${nearest}?`;
}

const typeNames: Record<string, string> = {
  number: 'a number',
  int: 'a whole number',
  integer: 'a whole number',
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'named values',
  record: 'named values',
  null: 'none',
};

/** What would have been right, in words that stand after "expected". */
function expected(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return typeNames[issue.expected] ?? issue.expected;
    case 'too_small':
      if (issue.origin === 'string' && Number(issue.minimum) === 1) return 'text that is not empty';
      return size(issue.origin, issue.inclusive ? 'at least' : 'above', issue.minimum);
    case 'too_big':
      return size(issue.origin, issue.inclusive ? 'at most' : 'below', issue.maximum);
    case 'not_multiple_of':
      return `a multiple of ${issue.divisor}`;
    case 'invalid_value':
      return oneOf(issue.values);
    case 'invalid_union': {
      if ('options' in issue && Array.isArray(issue.options)) return oneOf(issue.options);
      const branches = issue.errors.flatMap(([first]) => (first === undefined ? [] : [expected(first)]));
      return [...new Set(branches)].join(' or ');
    }
    default:
      return issue.message;
  }
}

function size(origin: string, relation: string, limit: number | bigint): string {
  if (origin === 'array') return `a list of ${relation} ${limit} items`;
  if (origin === 'string') return `text of ${relation} ${limit} characters`;
  return `a number ${relation} ${limit}`;
}

function oneOf(values: readonly unknown[]): string {
  const names = values.filter((value) => value !== undefined && value !== null).map(String);
  return names.length === 1 ? `${names[0]}` : `one of ${names.join(', ')}`;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    input,
  );
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
