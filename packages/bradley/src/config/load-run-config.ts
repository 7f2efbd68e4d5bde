import { readFile } from 'node:fs/promises';
import { type Document, isMap, isNode, isPair, LineCounter, parse, parseDocument } from 'yaml';
import type { z } from 'zod';
import { fieldsOf, jsonSchemaOf } from './fields.js';
import { type Problem, problemsOf } from './problems.js';
import { type RunConfig, type RunTables, runConfigAliases, runConfigSchema } from './run-config.js';

/** Values by dotted name, such as `{ 'train.steps': 200 }`, that stand over the ones of the file. */
export type Overrides = Readonly<Record<string, unknown>>;

/** A config with something wrong in it; the message lists all of it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** YAML that stands under a run's file: what the file does not say is as here. */
export interface Preset {
  readonly name: string;
  readonly text: string;
}

/**
 * Reads a run's YAML file, or none for null, and puts it over the preset and the overrides over both. Overriding what a section is (the name of the
 * objective or optimiser, the kind of adapter) leaves out the file's options of that section, which belong to another.
 * @throws ConfigError listing every problem: field, line, expected, found
 */
export async function loadRunConfig(
  file: string | null,
  overrides: Overrides,
  tables: RunTables,
  preset: Preset | null = null,
): Promise<RunConfig> {
  const text = file === null ? '' : await readText(file);
  return parseRunConfig(text, file ?? 'the run', overrides, tables, preset);
}

/** `loadRunConfig` of a text; `name` stands for its file in errors. */
export function parseRunConfig(
  text: string,
  name: string,
  overrides: Overrides,
  tables: RunTables,
  preset: Preset | null = null,
): RunConfig {
  const schema = runConfigSchema(tables);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    const found = document.errors.map(({ pos, message }) => `  line ${lines.linePos(pos[0]).line}: ${message}`);
    throw new ConfigError([`${name} is not valid YAML:`, ...found].join('\n'));
  }
  const own: unknown = document.toJS() ?? {};
  const under = preset && isRecord(own) ? withOverrides(parse(preset.text), leavesOf(own), schema) : own;
  const flags = Object.entries(overrides).map(([dotted, value]) => ({ path: dotted.split('.'), value }));
  const input = withOverrides(under, flags, schema);
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data as RunConfig;
  const found = problemsOf(parsed.error, jsonSchemaOf(schema), input).map(
    (problem) => `  ${whereIs(problem, overrides, document, lines)}: ${problem.text}`,
  );
  throw new ConfigError([`${name} cannot be run:`, ...found].join('\n'));
}

async function readText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    throw new ConfigError(`${file}: there is no such file. It should be the YAML file of a run.`);
  });
}

/** A value at a path. */
interface Leaf {
  readonly path: readonly string[];
  readonly value: unknown;
}

const leavesOf = (of: Record<string, unknown>, path: readonly string[] = []): Leaf[] =>
  Object.entries(of).flatMap(([key, value]) =>
    isRecord(value) ? leavesOf(value, [...path, key]) : [{ path: [...path, key], value }],
  );

function withOverrides(input: unknown, overrides: readonly Leaf[], schema: z.ZodType): unknown {
  if (!isRecord(input)) return input; // the schema says what it should have been
  const result = structuredClone(input);
  const choosers = new Set(
    fieldsOf(schema)
      .filter(({ variants }) => variants.some((variant) => variant.schema.const !== undefined))
      .map(({ path }) => path.join('.')),
  );
  const chooses = ({ path }: Leaf): boolean => choosers.has(path.join('.'));
  // First what a section is, then its options.
  for (const leaf of overrides.toSorted((a, b) => Number(chooses(b)) - Number(chooses(a)))) {
    const path = leaf.path.slice(0, -1);
    const last = leaf.path.at(-1) ?? '';
    const { value } = leaf;
    let section = result;
    for (const [depth, key] of path.entries()) {
      const replaced = chooses(leaf) && depth === path.length - 1 && isRecord(section[key]);
      const different = replaced && (section[key] as Record<string, unknown>)[last] !== value;
      if (!isRecord(section[key]) || different) section[key] = {};
      section = section[key] as Record<string, unknown>;
    }
    section[last] = value;
  }
  return result;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The field with the flag or the line that set it; for one that is missing, the line of what it is missing in, else its flag. */
function whereIs({ path }: Problem, overrides: Overrides, document: Document, lines: LineCounter): string {
  const dotted = path.join('.');
  const flag = Object.keys(overrides).find((name) => dotted === name || dotted.startsWith(`${name}.`));
  if (flag !== undefined) return `${dotted} (from --${flag})`;
  for (let depth = path.length; depth > 0; depth--) {
    const offset = offsetOf(document, path.slice(0, depth));
    if (offset !== null) return `${dotted} (line ${lines.linePos(offset).line})`;
  }
  if (dotted === '') return 'the whole file';
  const alias = Object.entries(runConfigAliases).find(([, name]) => name === dotted)?.[0];
  return `${dotted} (--${alias ?? dotted})`;
}

/** Where the key at a path begins, or the item of a list; null when the file does not have it. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number | null {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const key = path.at(-1);
  if (isMap(parent)) {
    const pair = parent.items.find((item) => isPair(item) && String(item.key) === String(key));
    return isNode(pair?.key) ? (pair.key.range?.[0] ?? null) : null;
  }
  const item = document.getIn(path, true);
  return isNode(item) ? (item.range?.[0] ?? null) : null;
}
