import { Option, type Command as Program } from 'commander';
import { valueOfText } from '../config/field-text.js';
import { type Field, type FieldVariant, typeText } from '../config/fields.js';

/** The name of a field as a flag has it: `train.checkpointEvery` is `train.checkpoint-every`. */
export const flagName = (dotted: string): string => dotted.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** Lets a flag be written as its field is, too: `--checkpointEvery` for `--checkpoint-every`. */
export const flagSpelling = (token: string): string =>
  token.startsWith('--') ? token.replace(/^[^=]+/, (name) => flagName(name)) : token;

/**
 * Adds the flag of a field. Values are kept as text and optional, so that all that is wrong with a command line is found
 * at once by the schema, not one thing at a time by the parser.
 */
export function addFlag(program: Program, field: Field, alias: string | null, group: string): void {
  const dotted = field.path.join('.');
  const [long, short] = [`--${flagName(dotted)}`, alias === null ? '' : `--${alias}, `];
  const choices = choicesOf(field);
  const help = describe(field) + (choices.length > longChoice ? `: ${choices.replaceAll('|', ', ')}` : '');
  if (isSwitch(field)) {
    const negated = field.variants[0]?.default === true;
    program.addOption(
      new Option(negated ? `--no-${flagName(dotted)}` : short + long, negated ? `do not ${help}` : help).helpGroup(
        group,
      ),
    );
    const inverse = negated ? long : `--no-${flagName(dotted)}`;
    program.addOption(new Option(inverse).helpGroup(group).hideHelp());
    return;
  }
  const option = new Option(`${short}${long} [value]`, help).helpGroup(group);
  option.argParser((text: string, previous: readonly string[] | undefined) => [...(previous ?? []), text]);
  program.addOption(option);
}

/** What the flags of a parsed command line say, by dotted name; a flag that lacks its value is `undefined`. */
export function flagValues(program: Program, fields: readonly Field[]): Map<string, unknown> {
  const values = new Map<string, unknown>();
  for (const field of fields) {
    const dotted = field.path.join('.');
    const found: unknown = program.getOptionValueSource(dotted) === 'cli' ? program.getOptionValue(dotted) : undefined;
    if (found === undefined) continue;
    if (Array.isArray(found)) values.set(dotted, readTexts(found as string[], field));
    else values.set(dotted, isSwitch(field) ? found : undefined);
  }
  return values;
}

/** A flag given several times adds to a list, and else its last one counts. */
function readTexts(texts: readonly string[], { variants }: Field): unknown {
  const read = texts.map((text) =>
    valueOfText(
      text,
      variants.map(({ schema }) => schema),
    ),
  );
  return read.every((value) => Array.isArray(value)) ? read.flat() : read.at(-1);
}

export const isSwitch = ({ variants }: Field): boolean => variants.every(({ schema }) => schema.type === 'boolean');

/** How the value of a flag is written: `<number>`, `<adamw|sgd>`; a long choice is in the description instead. */
export function valueText(field: Field): string {
  const text = choicesOf(field);
  return `<${text.length > longChoice ? 'choice' : text}>`;
}

const longChoice = 24;

const choicesOf = ({ variants }: Field) => [...new Set(variants.map(({ schema }) => typeText(schema)))].join('|');

/** A field's description with its default; where the branches of a union differ, each with its own. */
function describe({ variants }: Field): string {
  const constant = variants.every(({ schema }) => schema.const !== undefined);
  if (constant)
    return remark(
      variants[0]?.description,
      variants.find((variant) => variant.default !== undefined),
    );
  const texts = variants.map((variant) => ({ of: variant.of, text: remark(variant.description, variant) }));
  if (new Set(texts.map(({ text }) => text)).size === 1) {
    const [only] = texts;
    return only?.of == null || variants.length > 1 ? (only?.text ?? '') : `${only.of}: ${only.text}`;
  }
  return texts.map(({ of, text }) => `${of}: ${text}`).join('; ');
}

function remark(description: string | undefined, variant: FieldVariant | undefined): string {
  const value = variant?.default;
  const note =
    value === undefined || value === '' || typeof value === 'boolean' || (Array.isArray(value) && value.length === 0)
      ? null
      : `default ${value === null ? 'none' : Array.isArray(value) ? value.join(',') : String(value)}`;
  return [description, note === null ? null : `(${note})`].filter(Boolean).join(' ');
}
