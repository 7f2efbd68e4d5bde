import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Command } from '../cli/command.js';
import { loadRunConfig } from '../config/load-run-config.js';
import { readPreset } from '../config/presets.js';
import { tables } from '../tables.js';
import { runIn } from './run-command.test-support.js';
import { commandTable } from './table.js';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const pages = [
  join(root, 'README.md'),
  ...['docs', 'models'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.md'))
      .map((file) => join(root, folder, file)),
  ),
];

/** The commands of bradley in the blocks of a page, without prompts, comments, and what stands before them. */
function commandsOf(page: string): string[] {
  const blocks = [...page.matchAll(/^```(\w*)\n(.*?)^```/gms)].flatMap(([, language = '', block = '']) =>
    ['', 'sh'].includes(language) ? block.replace(/\\\n\s*/g, '') : [],
  );
  return blocks
    .flatMap((block) => block.split('\n'))
    .flatMap((line) => /^(?:[A-Z_]+=\S+ )*(?:npx )?bradley (.*)$/.exec(line)?.[1] ?? [])
    .filter((line) => !line.includes(' … '));
}

const wordsOf = (line: string): string[] =>
  [...line.replace(/\s+(?:#\s|> ).*$/, '').matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, plain]) => double ?? single ?? plain ?? '',
  );

/** Every command, which only reads what it is told; a run by flags alone must be whole. */
const reading = {
  ...commandTable,
  commands: Object.fromEntries(
    Object.entries(commandTable.commands).map(([name, command]): [string, Command] => [
      name,
      {
        ...command,
        async run({ file, resume, preset }, _out, overrides) {
          if (!['train', 'lr-range'].includes(name) || file !== undefined || resume !== undefined) return undefined;
          await loadRunConfig(null, overrides, tables, preset ? await readPreset(String(preset)) : null);
          return undefined;
        },
      },
    ]),
  ),
};

const documented = pages.flatMap((path) =>
  commandsOf(readFileSync(path, 'utf8')).map((line) => [line, relative(root, path)] as const),
);
const inHelp = Object.values(commandTable.commands).flatMap(({ example }) =>
  [example].flat().map((line) => [line, '--help'] as const),
);

describe('a command that the documentation shows', () => {
  it('is found by this test', () => expect(documented.length).toBeGreaterThan(40));

  it.each([...documented, ...inHelp])('is accepted as it stands: %s (%s)', async (line) => {
    const { code, stderr } = await runIn(reading, wordsOf(line));
    expect([code, stderr]).toEqual([0, '']);
  });
});
