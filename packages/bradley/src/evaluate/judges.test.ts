import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type EvaluatedJudge, independence } from '@bradley/evaluate';
import { encodePng } from '@bradley/formats';
import { promptKey } from '@bradley/preferences';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { introduceJudges, scorePictures, seedDistances } from './judges.js';

let folder: string;
let files: string[][];
const cases = [0, 1].map((seed) => ({ prompt: 'dog face', seed }));
/** A picture of one colour on white, 64×64. */
const picture = async (name: string, colour: readonly number[]) => {
  const pixels = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) =>
    Math.floor(i / 3) % 64 < 32 ? (colour[i % 3] ?? 0) : 255,
  );
  const path = join(folder, `${name}.png`);
  await writeFile(path, await encodePng(pixels, 64, 64));
  return path;
};
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'judges-'));
  const [red, blue] = [await picture('red', [220, 20, 20]), await picture('blue', [20, 20, 220])];
  files = [
    [red, blue],
    [red, red],
  ];
});
afterAll(() => rm(folder, { recursive: true }));

describe('the seeds of a prompt', () => {
  it.each([
    ['by the first judge with an image tower', ['symmetry', 'emoji'], /image embeddings of emoji/],
    ['else by pixels', ['symmetry', 'emoji-judge'], /32 × 32 pixels/],
  ] as const)('are told apart %s', async (_, specs, measure) => {
    const found = await seedDistances(specs, cases, files, { threads: 1 });
    expect(found?.measure).toMatch(measure);
    const [apart, same] = (found?.of ?? []).map(([only]) => only ?? Number.NaN);
    expect(apart).toBeGreaterThan(0.01);
    expect(same).toBeCloseTo(0, 6);
  });

  it('have no distance where there is one', async () =>
    expect(await seedDistances(['symmetry'], cases.slice(0, 1), [['a']], {})).toBeNull());
});

describe('a judge', () => {
  it('says who it is and what it learnt from', async () => {
    const [judge, rule] = await introduceJudges(['emoji-judge', 'symmetry'], { threads: 1 });
    expect(judge).toMatchObject({ name: 'emoji-judge', learntFrom: { raters: ['synthetic-look-persona'] } });
    expect(judge?.raters[0]).toMatch(/^scorer:emoji-judge@[0-9a-f]{16}\.[0-9a-f]{16}$/);
    expect(rule?.learntFrom).toEqual({ raters: [], prompts: [] });
  });

  it.each(['emoji', 'emoji-judge', 'emoji-labelling', 'emoji-persona'])(
    '%s is called as it is asked for',
    async (spec) => expect((await introduceJudges([spec], { threads: 1 })).map(({ name }) => name)).toEqual([spec]),
  );

  it('that is the rule of a persona taught whoever learnt that persona’s choices, and a model of its taste did not', async () => {
    const [rule, model] = await introduceJudges(['emoji-persona', 'emoji-judge'], { threads: 1 });
    const pupil = { raters: ['synthetic-look-persona'], prompts: [promptKey('dog face')] };
    const kinds = [rule, model].map((judge) =>
      independence(pupil, judge as EvaluatedJudge, ['violin']).objections.map(({ kind }) => kind),
    );
    expect(kinds).toEqual([['judge was the teacher'], []]);
  });

  it('is called by its spec where another has its name, and is refused where it is there twice', async () => {
    const clip = fileURLToPath(new URL('../../../../models/emoji-clip', import.meta.url));
    const other = join(folder, 'other');
    await cp(clip, other, { recursive: true });
    const config = JSON.parse(await readFile(join(other, 'config.json'), 'utf8'));
    config.vision_config.layer_norm_eps = 1e-3;
    await writeFile(join(other, 'config.json'), JSON.stringify(config));
    const specs = [`clip:${clip}`, 'symmetry', `clip:${other}`];
    const judges = await introduceJudges(specs, { threads: 1 });
    expect(judges.map(({ name }) => name)).toEqual(specs);
    await cp(clip, other, { recursive: true, force: true });
    await expect(introduceJudges(specs, { threads: 1 })).rejects.toThrow(/emoji-clip and clip:.*other are the same/);
  });

  it('gives each contestant’s picture of a case its score', async () => {
    const { scores } = await scorePictures('colourfulness', cases, files, {
      cache: join(folder, 'scores'),
      scorer: {},
    });
    expect(scores.map(({ length }) => length)).toEqual([2, 2]);
    expect(scores[0]?.[0]).toBe(scores[1]?.[1]); // the same file
    expect(scores[0]?.[0]).not.toBe(scores[0]?.[1]);
  });
});
