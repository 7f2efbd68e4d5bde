import { Option, Command as Program } from 'commander';
import { fieldsOf } from '../config/fields.js';
import type { Command } from './command.js';
import { addFlag, valueText } from './flags.js';

/** All commands by name; the first word of a name of two is a group, which has a summary of its own. */
export interface CommandTable {
  /** Of the package, for --version. */
  readonly version?: string;
  readonly groups: Readonly<Record<string, string>>;
  readonly commands: Readonly<Record<string, Command>>;
}

export interface Streams {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** A command that a command line named, and what commander made of the rest of the line. */
export interface Chosen {
  readonly name: string;
  readonly command: Command;
  readonly parsed: Program;
}

/** Commander's tree of all commands: it finds the one that is meant, splits the line into flags, and writes the help. */
export function buildProgram(table: CommandTable, streams: Streams, choose: (chosen: Chosen) => void): Program {
  const leaves: Program[] = [];
  const root: Program = new Program('bradley')
    .description('Teach generative models what people prefer: collect comparisons, train on them, measure who wins.')
    .usage('<command> [options]')
    .helpCommand(false)
    .helpOption('-h, --help', 'show this')
    .exitOverride()
    .showHelpAfterError('bradley --help lists the commands.')
    .configureOutput({
      outputError: (text, write) => write(text.replace(/^error: /, 'bradley: ')),
      writeOut: (text) => streams.stdout.write(text),
      writeErr: (text) => streams.stderr.write(text),
      getOutHelpWidth: () => streams.stdout.columns ?? 100,
      getErrHelpWidth: () => streams.stderr.columns ?? 100,
    })
    .configureHelp({
      visibleCommands: (of) => (of === root ? leaves : [...of.commands]),
      visibleOptions: () => [],
      subcommandTerm: (leaf) => [...pathTo(leaf), leaf.usage().replace(/ ?\[options\]$/, '')].join(' ').trim(),
    })
    .addHelpText('after', '\nbradley <command> --help explains a command, with an example.');
  if (table.version !== undefined) root.version(table.version, '--version', 'print the version');
  for (const [name, command] of Object.entries(table.commands)) {
    const [first = name, second] = name.split(' ');
    const parent = second === undefined ? root : findGroup(root, first, table.groups);
    leaves.push(addCommand(parent, name, command, choose));
  }
  return root;
}

function findGroup(root: Program, name: string, groups: CommandTable['groups']): Program {
  const found = root.commands.find((child) => child.name() === name);
  return (
    found ??
    root
      .command(name)
      .description(groups[name] ?? '')
      .usage('<command> [options]')
      .helpCommand(false)
  );
}

function addCommand(parent: Program, name: string, command: Command, choose: (chosen: Chosen) => void): Program {
  const positional: readonly string[] = command.positional ?? [];
  const own = fieldsOf(command.options);
  const flags = own.filter(({ path }) => !positional.includes(path.join('.')));
  const overrides = command.overrides === undefined ? [] : fieldsOf(command.overrides.schema);
  const values = new Map([...flags, ...overrides].map((field) => [field.path.join('.'), valueText(field)]));
  const aliasOf = new Map(Object.entries(command.overrides?.aliases ?? {}).map(([alias, dotted]) => [dotted, alias]));

  const leaf: Program = parent
    .command(name.split(' ').at(-1) ?? name)
    .summary(command.summary)
    .description([command.summary, command.description].filter(Boolean).join('\n\n'))
    .usage([...positional.map((key) => (requires(command, key) ? `<${key}>` : `[${key}]`)), '[options]'].join(' '))
    .allowUnknownOption() // readCommandLine reports these, with all else that is wrong
    .allowExcessArguments()
    .helpOption('-h, --help', 'show this')
    .configureHelp({
      optionTerm: (option) => option.flags.replace('[value]', values.get(option.attributeName()) ?? ''),
      argumentTerm: (argument) => argument.name(),
    })
    .addHelpText('after', `\n${exampleText(command)}`)
    .action(() => choose({ name, command, parsed: leaf }));
  for (const key of positional) {
    const description = own.find(({ path }) => path.join('.') === key)?.variants[0]?.description;
    leaf.argument(`[${key}]`, description ?? '');
  }
  for (const field of flags) addFlag(leaf, field, null, 'Options:');
  leaf.addOption(new Option('--json', 'print results as JSON').helpGroup('Options:'));
  leaf.addOption(new Option('--verbose', 'tell where an error comes from').helpGroup('Options:'));
  for (const field of overrides) {
    const section = field.path.length > 1 ? `The run file's ${field.path[0]}:` : 'The run file:';
    addFlag(leaf, field, aliasOf.get(field.path.join('.')) ?? null, section);
  }
  return leaf;
}

/** Whether the option of that name must be given. */
export const requires = (command: Command, key: string): boolean =>
  fieldsOf(command.options).some(({ path, variants }) => path.join('.') === key && variants.every((v) => v.required));

const pathTo = (leaf: Program): string[] => (leaf.parent === null ? [] : [...pathTo(leaf.parent), leaf.name()]);

function exampleText({ example }: Command): string {
  const lines = typeof example === 'string' ? [example] : example;
  return [lines.length === 1 ? 'Example:' : 'Examples:', ...lines.map((line) => `  bradley ${line}`)].join('\n');
}
