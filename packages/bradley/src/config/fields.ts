import { z } from 'zod';

/** What we use of the JSON Schema that zod derives from a schema. */
export interface JsonSchema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: { readonly [name: string]: JsonSchema };
  readonly required?: readonly string[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly items?: JsonSchema | false;
  readonly prefixItems?: readonly JsonSchema[];
}

/** A leaf of a nested schema: one thing that a file or a flag can set. */
export interface Field {
  readonly path: readonly string[];
  /** One per branch of a union that has this field: of 'mapo', say. `of` is null outside of unions. */
  readonly variants: readonly FieldVariant[];
}

export interface FieldVariant {
  readonly of: string | null;
  readonly schema: JsonSchema;
  readonly description: string | undefined;
  readonly default: unknown;
  readonly required: boolean;
}

export function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
}

/** The leaves of a schema of nested objects, in its order; the branches of a union give each path once. */
export function fieldsOf(schema: z.ZodType): Field[] {
  const fields = new Map<string, { path: string[]; variants: FieldVariant[] }>();
  collect(jsonSchemaOf(schema), [], null, true, fields);
  return [...fields.values()];
}

function collect(
  schema: JsonSchema,
  path: string[],
  of: string | null,
  required: boolean,
  into: Map<string, { path: string[]; variants: FieldVariant[] }>,
): void {
  const branches = objectBranches(schema);
  if (branches === null) {
    const key = path.join('.');
    const field = into.get(key) ?? { path, variants: [] };
    const variant = { of, schema, description: schema.description, default: schema.default, required };
    into.set(key, { path, variants: [...field.variants, variant] });
    return;
  }
  for (const branch of branches) {
    const branchOf = branches.length > 1 ? discriminatorOf(branch) : of;
    for (const [name, property] of Object.entries(branch.properties ?? {}))
      collect(property, [...path, name], branchOf, branch.required?.includes(name) ?? false, into);
  }
}

/** The object schemas that a schema stands for (several for a union of objects), or null when it is a leaf. */
function objectBranches(schema: JsonSchema): readonly JsonSchema[] | null {
  if (schema.properties !== undefined) return [schema];
  const branches = (schema.oneOf ?? schema.anyOf)?.filter(({ type }) => type !== 'null');
  return branches !== undefined && branches.length > 0 && branches.every(({ properties }) => properties !== undefined)
    ? branches
    : null;
}

/** The value by which a branch of a union is chosen: the constant among its properties. */
function discriminatorOf(branch: JsonSchema): string | null {
  const found = Object.values(branch.properties ?? {}).find((property) => property.const !== undefined);
  return found === undefined ? null : String(found.const);
}

/** The names that may stand at a path, for the union branches that `input` has chosen. */
export function namesAt(schema: JsonSchema, path: readonly PropertyKey[], input: unknown): string[] {
  const chosen = (objectBranches(schema) ?? []).filter((branch, _, all) => all.length === 1 || fits(branch, input));
  const [first, ...rest] = path;
  if (first === undefined) return [...new Set(chosen.flatMap(({ properties }) => Object.keys(properties ?? {})))];
  const inner =
    typeof input === 'object' && input !== null ? (input as Record<PropertyKey, unknown>)[first] : undefined;
  return chosen.flatMap(({ properties }) => {
    const property = properties?.[String(first)];
    return property === undefined ? [] : namesAt(property, rest, inner);
  });
}

/** The leaves that must be given where nothing is at a path; in a union, what chooses the branch. Null for a leaf itself. */
export function requiredBelow(schema: JsonSchema, path: readonly PropertyKey[]): Leaf[] | null {
  let at: JsonSchema | undefined = schema;
  for (const key of path)
    at = objectBranches(at)?.flatMap(({ properties }) => properties?.[String(key)] ?? [])[0] ?? {};
  const branches = objectBranches(at);
  return branches === null ? null : requiredOf(branches, path);
}

/** A place for a value, with the schemas that it has in the branches of a union. */
interface Leaf {
  readonly path: readonly PropertyKey[];
  readonly schemas: readonly JsonSchema[];
}

function requiredOf(branches: readonly JsonSchema[], path: readonly PropertyKey[]): Leaf[] {
  const names = (branches[0]?.required ?? []).filter((name) => branches.every((b) => b.required?.includes(name)));
  return names.flatMap((name) => {
    const schemas = branches.flatMap(({ properties }) => properties?.[name] ?? []);
    const inner = schemas.flatMap((of) => objectBranches(of) ?? []);
    return inner.length > 0 ? requiredOf(inner, [...path, name]) : [{ path: [...path, name], schemas }];
  });
}

function fits(branch: JsonSchema, input: unknown): boolean {
  const given = typeof input === 'object' && input !== null ? (input as Record<string, unknown>) : {};
  return Object.entries(branch.properties ?? {}).every(
    ([name, property]) => property.const === undefined || (given[name] ?? property.default) === property.const,
  );
}

/** How a field's value is written, for a help text: `<integer>`, `<adamw|sgd>`, `<a,b,…>`. */
export function typeText(schema: JsonSchema): string {
  if (schema.const !== undefined) return String(schema.const);
  if (schema.enum !== undefined) return schema.enum.join('|');
  const branches = schema.anyOf ?? schema.oneOf;
  if (branches !== undefined) return [...new Set(branches.map((branch) => typeText(branch)))].join('|');
  if (schema.prefixItems !== undefined) return schema.prefixItems.map((item) => typeText(item)).join(',');
  if (schema.type === 'array') return `${schema.items ? typeText(schema.items) : 'value'},…`;
  return (
    ({ string: 'text', null: 'none', object: 'json' } as Record<string, string>)[schema.type ?? ''] ??
    schema.type ??
    'value'
  );
}
