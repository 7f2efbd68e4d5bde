import type { JsonSchema } from './fields.js';

/**
 * The value that the text of a flag means, by the field's schema. A list is written with commas (one followed by a space
 * is part of an item) or as JSON. Text that means nothing of what is expected is returned as it is, for the schema to refuse.
 */
export function valueOfText(text: string, schemas: readonly JsonSchema[]): unknown {
  for (const schema of schemas.flatMap((schema) => leaves(schema)).sort((a, b) => rank(a) - rank(b))) {
    const value = readAs(text, schema);
    if (value !== undefined) return value;
  }
  return text;
}

const leaves = (schema: JsonSchema): readonly JsonSchema[] =>
  (schema.anyOf ?? schema.oneOf)?.flatMap((branch) => leaves(branch)) ?? [schema];

/** Text fits everything, so it is tried last, and a choice of texts before it. */
const rank = ({ type, const: constant, enum: choices }: JsonSchema) =>
  type !== 'string' ? 0 : constant !== undefined || choices !== undefined ? 1 : 2;

function readAs(text: string, schema: JsonSchema): unknown {
  if (schema.const !== undefined) return String(schema.const) === text ? schema.const : undefined;
  if (schema.enum !== undefined) return schema.enum.find((choice) => String(choice) === text);
  return readers[schema.type ?? '']?.(text, schema);
}

const readers: Record<string, (text: string, schema: JsonSchema) => unknown> = {
  null: (text) => (text === 'none' || text === 'null' ? null : undefined),
  number: readNumber,
  integer: readNumber,
  boolean: (text) => ({ true: true, false: false })[text],
  array: (text, schema) => (text.startsWith('[') ? readJson(text) : readList(text, schema)),
  object: readJson,
  string: (text) => text,
};

function readNumber(text: string): number | undefined {
  return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const readList = (text: string, { items, prefixItems }: JsonSchema) =>
  text.split(/,(?!\s)/).map((part, index) => {
    const schema = prefixItems?.[index] ?? (items || undefined);
    return schema === undefined ? part : valueOfText(part, [schema]);
  });
