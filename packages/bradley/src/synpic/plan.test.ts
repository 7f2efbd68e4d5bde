import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadPlan } from './plan.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plan-'));
  await writeFile(join(folder, 'prompts.txt'), 'a cat\na dog\na cat\n');
});
afterAll(() => rm(folder, { recursive: true }));

const load = async (text: string) => {
  await writeFile(join(folder, 'synpic.yaml'), text);
  return (await loadPlan(join(folder, 'synpic.yaml'))).plan;
};

it('is read from the file that the documentation shows, with a generator of every kind', async () => {
  const page = await readFile(new URL('../../../../docs/synpic.md', import.meta.url), 'utf8');
  const { prompts, generators } = await load(/```yaml\n(.*?)```/s.exec(page)?.[1] ?? '');
  expect(prompts).toEqual(['a cat', 'a dog']);
  expect(Object.entries(generators).map(([name, { kind }]) => [name, kind])).toEqual([
    ['base', 'model'],
    ['loose', 'model'],
    ['mine', 'model'],
    ['theirs', 'pictures'],
    ['program', 'command'],
  ]);
});

it('has all that is wrong with its file told at once', async () => {
  const generators = 'generators: { a: { model: m, guidanc: 2 }, b: { modle: m } }';
  await expect(load(`name: x\nprompts: [a]\n${generators}\nscorers: [colorfulness]\n`)).rejects.toThrow(
    /synpic\.yaml is not a Syn-Pic job:\n.*generators\.a.*guidanc.*\n.*generators\.b: expected one of .*model.*\n.*scorers: .*colourfulness/,
  );
});
