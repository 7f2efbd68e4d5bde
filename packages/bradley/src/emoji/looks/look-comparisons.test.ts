import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readEmojiNames } from '../names.js';
import { scorerAgreement } from './agreement.js';
import { writeLookComparisons } from './look-comparisons.js';
import { lookFlipped } from './look-taste.js';
import { lookPersonaScorer } from './persona-scorer.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'looks-'));
});
afterAll(() => rm(folder, { recursive: true }));

const names = (await readEmojiNames()).filter(({ name }) => name === 'dog face' || name === 'violin');
const read = (name: string): Promise<string> => readFile(join(folder, name, 'comparisons.jsonl'), 'utf8');

it('draws pairs that the persona labels by its rule, goes on where it was stopped, and is the same each time', async () => {
  const options = { names, pairsPerName: 2, firstSeed: 7, flipRate: 0, threads: 1 };
  let computed = 0;
  const stopped = await writeLookComparisons({
    ...options,
    output: join(folder, 'a'),
    proceed: async ({ done }) => (done === 1 ? 'stop' : 'go'),
  });
  expect(stopped).toBeNull();
  const drawn = join(folder, 'a', 'drawn.jsonl');
  await writeFile(drawn, `${await readFile(drawn, 'utf8')}{"id":"cut of`); // as one that was killed leaves it
  const file = (await writeLookComparisons({
    ...options,
    output: join(folder, 'a'),
    proceed: async (progress) => {
      computed = progress.computed;
      return 'go';
    },
  })) as string;
  expect(computed).toBe(1); // one name was there
  const persona = await lookPersonaScorer();
  expect(await scorerAgreement(persona, file)).toMatchObject({ count: 4, total: 4 });
  await writeLookComparisons({ ...options, output: join(folder, 'b') });
  expect(await read('b')).toBe(await read('a'));

  const flipped = (await writeLookComparisons({ ...options, output: join(folder, 'a'), flipRate: 1 })) as string;
  expect(await scorerAgreement(persona, flipped)).toMatchObject({ count: 0, total: 4 });
  const [first] = (await read('a')).split('\n').map((line) => line && JSON.parse(line));
  expect([first.id, lookFlipped(first.id, 1), first.rater]).toEqual(['dog-face-7', true, 'synthetic-look-persona']);
});
