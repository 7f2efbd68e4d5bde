import { parseScorerSpec, splitScorerSpecs } from '@bradley/evaluate';
import { describe, expect, it } from 'vitest';
import { scorerTable } from '../scorers.js';
import { commandTable } from './table.js';

const examples = Object.values(commandTable.commands).flatMap(({ example }) => example);
/** Options that every command has, and those that name scorers. */
const ofEvery = ['json', 'verbose'];
const scorers = ['scorer', 'judge', 'filter'];

describe('an example of help', () => {
  it.each(examples)('names a command, its options and scorers that there are: %s', (example) => {
    const name = Object.keys(commandTable.commands)
      .toSorted((a, b) => b.length - a.length)
      .find((of) => example === of || example.startsWith(`${of} `));
    const command = commandTable.commands[name ?? ''];
    if (!command) throw new Error('there is no such command');
    const words = example.split(' ');
    for (const [i, word] of words.entries()) {
      if (!word.startsWith('--')) continue;
      const option = word.replace(/^--(no-)?/, '').replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
      if (!command.overrides) expect([...Object.keys(command.options.shape), ...ofEvery]).toContain(option);
      if (scorers.includes(option) && !words[i + 1]?.endsWith('.yaml'))
        for (const spec of splitScorerSpecs(words[i + 1] ?? '', scorerTable))
          expect(parseScorerSpec(spec, scorerTable).name).not.toBe('');
    }
  });
});
