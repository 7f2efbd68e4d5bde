import { z } from 'zod';
import { type Field, fieldsOf, jsonSchemaOf } from '../config/fields.js';
import type { Overrides } from '../config/load-run-config.js';
import { nearestName } from '../config/nearest-name.js';
import { problemsOf } from '../config/problems.js';
import { flagName, flagValues, isSwitch, valueText } from './flags.js';
import type { Chosen } from './program.js';
import { UsageError } from './usage-error.js';

export interface CommandLine {
  readonly options: Record<string, unknown>;
  readonly overrides: Overrides;
  readonly json: boolean;
  readonly verbose: boolean;
}

/**
 * What a command line says, by the command's own schema.
 * @throws UsageError listing everything that is wrong with it
 */
export function readCommandLine({ name, command, parsed }: Chosen): CommandLine {
  const positional: readonly string[] = command.positional ?? [];
  const own = fieldsOf(command.options);
  const flags = own.filter(({ path }) => !positional.includes(path.join('.')));
  const overrideFields = command.overrides === undefined ? [] : fieldsOf(command.overrides.schema);
  const known = parsed.options.flatMap(({ long, short }) => [long ?? '', short ?? '']);
  const { operands, unknown } = splitArguments(parsed.args);

  const problems = unknown.map((flag) => unknownFlag(flag, [...known, '--help']));
  const given = flagValues(parsed, flags);
  const overrides = flagValues(parsed, overrideFields);
  for (const [dotted, value] of [...given, ...overrides]) {
    const field = [...flags, ...overrideFields].find(({ path }) => path.join('.') === dotted);
    if (value === undefined && field !== undefined && !isSwitch(field))
      problems.push(`--${flagName(dotted)}: give it a value, ${valueText(field)}`);
  }
  if (unknown.length === 0 && operands.length > positional.length)
    problems.push(`${operands.slice(positional.length).join(' ')}: one argument too many`);

  const input = { ...Object.fromEntries(given), ...zip(positional, operands) };
  const result = command.options.safeParse(input);
  if (!result.success) {
    for (const { path, text } of problemsOf(result.error, jsonSchemaOf(command.options), input)) {
      const key = path.join('.');
      const missing = !(key in input);
      if (given.has(key) && given.get(key) === undefined) continue; // said above
      if (missing && positional.includes(key) && unknown.length > 0) continue; // taken for the value of an unknown flag
      problems.push(`${positional.includes(key) ? `<${key}>` : `--${flagName(key)}`}: ${text}`);
    }
  }
  for (const [dotted, value] of overrides) {
    const field = overrideFields.find(({ path }) => path.join('.') === dotted);
    const problem = field === undefined || value === undefined ? null : overrideProblem(field, value);
    if (problem !== null) problems.push(`--${flagName(dotted)}: ${problem}`);
  }
  if (problems.length > 0 || !result.success) throw usageError(name, problems);
  const { json, verbose } = parsed.opts<{ json?: true; verbose?: true }>();
  return {
    options: result.data as Record<string, unknown>,
    overrides: Object.fromEntries(overrides),
    json: json === true,
    verbose: verbose === true,
  };
}

/** A wrong value of a field, judged by itself: whether it goes with the others is for the file's loader. */
function overrideProblem({ variants }: Field, value: unknown): string | null {
  const found = variants.map(({ schema }) => {
    const result = z.fromJSONSchema(schema as z.core.JSONSchema.JSONSchema).safeParse(value);
    return result.success ? null : (problemsOf(result.error, schema, value)[0]?.text ?? null);
  });
  if (found.includes(null)) return null;
  const choices = variants.map(({ schema }) => schema.const).filter((choice) => choice !== undefined);
  if (choices.length < variants.length) return found[0] ?? null;
  const nearest = nearestName(String(value), choices.map(String));
  return `expected one of ${choices.join(', ')}, found ${JSON.stringify(value)}${nearest === null ? '' : `; did you mean ${nearest}?`}`;
}

/** Commander leaves flags it does not know, and what follows them, among the arguments. */
function splitArguments(args: readonly string[]): { operands: string[]; unknown: string[] } {
  const operands: string[] = [];
  const unknown: string[] = [];
  for (const [index, argument] of args.entries()) {
    const isFlag = /^-[^\d.]/.test(argument);
    const isValue = /^--[^=]+$/.test(args[index - 1] ?? '');
    if (isFlag) unknown.push(argument.replace(/=.*/, ''));
    else if (!isValue) operands.push(argument);
  }
  return { operands, unknown };
}

function unknownFlag(flag: string, known: readonly string[]): string {
  const nearest = nearestName(flag, known) ?? known.find((name) => name.endsWith(`.${flag.slice(2)}`));
  return `${flag}: there is no such option${nearest === undefined ? '' : `; did you mean ${nearest}?`}`;
}

function usageError(name: string, problems: readonly string[]): UsageError {
  const [only] = problems;
  const text = problems.length === 1 ? only : `\n${problems.map((problem) => `  ${problem}`).join('\n')}`;
  return new UsageError(`${text}\nbradley ${name} --help lists the options.`);
}

const zip = (keys: readonly string[], values: readonly string[]) =>
  Object.fromEntries(keys.flatMap((key, index) => (values[index] === undefined ? [] : [[key, values[index]]])));
