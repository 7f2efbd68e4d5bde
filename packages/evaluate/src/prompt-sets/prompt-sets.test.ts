import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPromptSet } from './read-prompt-set.js';
import { promptSetKinds } from './table.js';

let base: string;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'prompt-sets-'));
});
afterAll(() => rm(base, { recursive: true }));

let folders = 0;
/** A new folder with these files. */
async function folderOf(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = join(base, String(folders++));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return folder;
}
const fileOf = async (text: string): Promise<string> => join(await folderOf({ 'a.txt': text }), 'a.txt');

const heading = 'Prompt\tCategory\tChallenge\tNote\n';
const csvHeading =
  'item_id,text,keywords,proposition_id,dependency,category_broad,category_detailed,tuple,question_natural_language\n';

describe('PartiPrompts', () => {
  it('are four columns with tabs, quotation marks being text', async () => {
    const path = await fileOf(
      `${heading}"H E L L O" on a wall\tIllustrations\tWriting & Symbols\t\ntwo owls\tAnimals\tQuantity\tsmall\n`,
    );
    expect(await readPromptSet(`parti:${path}`)).toEqual({
      name: 'parti',
      source: path,
      licence: 'Apache-2.0',
      prompts: [
        { prompt: '"H E L L O" on a wall', category: 'Illustrations', challenge: 'Writing & Symbols' },
        { prompt: 'two owls', category: 'Animals', challenge: 'Quantity', note: 'small' },
      ],
    });
  });
});

describe('the HPS v2 benchmark', () => {
  const four = {
    'anime.json': '["a","b"]',
    'concept-art.json': '["c"]',
    'paintings.json': '["d"]',
    'photo.json': '["e"]',
  };

  it('is a list for each style, and calls a prompt as its picture', async () => {
    const { prompts } = await readPromptSet(`hpsv2:${await folderOf(four)}`);
    expect(prompts.map(({ prompt, category, id }) => [prompt, category, id])).toEqual([
      ['a', 'anime', 'anime/00000'],
      ['b', 'anime', 'anime/00001'],
      ['c', 'concept-art', 'concept-art/00000'],
      ['d', 'paintings', 'paintings/00000'],
      ['e', 'photo', 'photo/00000'],
    ]);
  });

  it('is refused where a style is missing or is no list of prompts', async () => {
    const { 'photo.json': _, ...three } = four;
    await expect(readPromptSet(`hpsv2:${await folderOf(three)}`)).rejects.toThrow(
      /photo\.json: expected a JSON list.*ENOENT/,
    );
    const broken = await folderOf({ ...four, 'photo.json': '{"e":1}' });
    await expect(readPromptSet(`hpsv2:${broken}`)).rejects.toThrow(/photo\.json: expected a JSON list/);
  });
});

describe('GenEval', () => {
  it('has tasks, and clauses of what is there and what is not', async () => {
    const path = await fileOf(
      '{"tag": "counting", "include": [{"class": "owl", "count": 2}], "exclude": [{"class": "owl", "count": 3}], "prompt": "two owls"}\n' +
        '{"tag": "position", "include": [{"class": "cup", "count": 1}, {"class": "owl", "count": 1, "position": ["above", 0]}], "prompt": "an owl above a cup"}\n',
    );
    expect((await readPromptSet(`geneval:${path}`)).prompts).toEqual([
      {
        id: '00000',
        category: 'counting',
        prompt: 'two owls',
        include: [{ class: 'owl', count: 2 }],
        exclude: [{ class: 'owl', count: 3 }],
      },
      {
        id: '00001',
        category: 'position',
        prompt: 'an owl above a cup',
        include: [
          { class: 'cup', count: 1 },
          { class: 'owl', count: 1, position: ['above', 0] },
        ],
        exclude: [],
      },
    ]);
  });

  it('is refused where a position refers to a clause that does not come before it', async () => {
    const path = await fileOf(
      '{"tag": "position", "include": [{"class": "owl", "count": 1, "position": ["above", 0]}], "prompt": "an owl above a cup"}',
    );
    await expect(readPromptSet(`geneval:${path}`)).rejects.toThrow(/a\.txt:1.*a position refers to a clause before it/);
  });
});

describe('T2I-CompBench', () => {
  it('is a file of lines for each category that is there', async () => {
    const folder = await folderOf({
      'color_val.txt': 'a red owl\r\na blue cup\r\n',
      'numeracy_val.txt': 'two owls',
      'color.txt': 'x',
    });
    expect((await readPromptSet(`t2i-compbench:${folder}`)).prompts).toEqual([
      { id: 'color/000000', category: 'color', prompt: 'a red owl' },
      { id: 'color/000001', category: 'color', prompt: 'a blue cup' },
      { id: 'numeracy/000000', category: 'numeracy', prompt: 'two owls' },
    ]);
  });

  it('says which relations a complex prompt has, and needs the files that say it', async () => {
    const files = {
      'complex_val.txt': 'The red owl is on the cup.\nThe owl sings.\nThe owl sings on the cup.\n',
      'complex_val_spatial.txt': 'the red owl is on the cup.\n',
      'complex_val_action.txt': 'The owl sings.\n',
    };
    const { prompts } = await readPromptSet(`t2i-compbench:${await folderOf(files)}`);
    expect(prompts).toMatchObject([{ complexity: 'spatial' }, { complexity: 'action' }, { complexity: 'both' }]);
    const { 'complex_val_action.txt': _, ...without } = files;
    await expect(readPromptSet(`t2i-compbench:${await folderOf(without)}`)).rejects.toThrow(
      /complex_val_action\.txt is not there/,
    );
  });
});

describe('DPG-Bench', () => {
  const rows =
    '12,"An owl, red",k,1,0,entity,whole,entity - whole (owl),Is there an owl?\n' +
    '12,"An owl, red",k,2,1,attribute,color,"attribute - color (owl, red)",Is the owl red?\n' +
    'coco7,A cup,k,1,0,entity,whole,entity - whole (cup),Is there a cup?\n' +
    'coco7,A cup,k,2,"1, 3",relation,spatial,relation - spatial (cup),Is the cup there?\n';

  it('has questions that depend on others, every row of the file', async () => {
    const folder = await folderOf({ 'dpg_bench.csv': csvHeading + rows });
    const { prompts } = await readPromptSet(`dpg-bench:${join(folder, 'dpg_bench.csv')}`);
    expect(prompts).toMatchObject([
      {
        id: '12',
        prompt: 'An owl, red',
        questions: [
          { id: 1, question: 'Is there an owl?', parents: [], category: 'entity', detailedCategory: 'entity - whole' },
          {
            id: 2,
            question: 'Is the owl red?',
            parents: [1],
            category: 'attribute',
            detailedCategory: 'attribute - color',
          },
        ],
      },
      { id: 'coco7', prompt: 'A cup', questions: [{ parents: [] }, { parents: [1, 3] }] },
    ]);
  });

  it('takes the prompts of the text files where they are there', async () => {
    const files = {
      'dpg_bench.csv': csvHeading + rows,
      'prompts/12.txt': 'A red owl.\n',
      'prompts/coco7.txt': 'A cup.',
    };
    const { prompts } = await readPromptSet(`dpg-bench:${await folderOf(files)}`);
    expect(prompts.map(({ prompt }) => prompt)).toEqual(['A red owl.', 'A cup.']);
    const { 'prompts/coco7.txt': _, ...without } = files;
    await expect(readPromptSet(`dpg-bench:${await folderOf(without)}`)).rejects.toThrow(/coco7\.txt/);
  });

  it('is refused where a question is there twice', async () => {
    const path = await fileOf(csvHeading + rows + rows);
    await expect(readPromptSet(`dpg-bench:${path}`)).rejects.toThrow(/a\.txt:6: the question 1 of 12 is there twice/);
  });
});

describe('a spec', () => {
  it('that is a file is read as a file of prompts', async () => {
    const path = await fileOf('two owls\n');
    expect(await readPromptSet(path)).toMatchObject({ name: 'a', prompts: [{ prompt: 'two owls' }] });
  });

  it.each(Object.keys(promptSetKinds))(
    'of %s says what was expected where nothing is there, or nothing of it',
    async (name) => {
      await expect(readPromptSet(`${name}:${join(base, 'nowhere')}`)).rejects.toThrow(
        /nowhere: there is no such file.*Expected/,
      );
      const other =
        name === 'hpsv2' || name === 't2i-compbench' ? await folderOf({ 'x.md': '' }) : await fileOf('x,y\n1,2\n');
      await expect(readPromptSet(`${name}:${other}`)).rejects.toThrow(/expected|not a row of|not valid JSON/);
    },
  );

  it.each(['parti', 'geneval', 'dpg-bench'])('of %s never fails otherwise than by naming the file', (name) =>
    fc.assert(
      fc.asyncProperty(
        fc.string({ unit: fc.constantFrom('a', '1', '\t', '"', ',', '\n', '{', '}', ':', '[') }),
        async (text) => {
          const path = await fileOf((name === 'parti' ? heading : name === 'geneval' ? '' : csvHeading) + text);
          await readPromptSet(`${name}:${path}`).catch((error: Error) => expect(error.message).toContain(path));
        },
      ),
      { numRuns: 30 },
    ),
  );
});
