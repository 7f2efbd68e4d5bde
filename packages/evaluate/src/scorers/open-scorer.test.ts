import { fileURLToPath } from 'node:url';
import { raterMarks, scorerRater } from '@bradley/preferences';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openScorer, parseScorerSpec, splitScorerSpecs } from './open-scorer.js';
import type { Scorer } from './scorer.js';
import type { ScorerKinds } from './scorer-kind.js';

/** Scores a picture by its width times a number. */
const wide = (name: string, factor: number): Scorer => ({
  name,
  identity: '0'.repeat(64),
  weights: null,
  readsPrompt: false,
  learntFrom: null,
  score: async (items) => Float64Array.from(items, ({ image }) => image.width * factor),
  release: async () => undefined,
});

const kinds: ScorerKinds = {
  width: { summary: 'the width', argument: null, open: async () => wide('width', 1) },
  times: { summary: 'the width, times', argument: 'number', open: async (factor) => wide('times', Number(factor)) },
  published: {
    summary: 'with a model of its own',
    argument: 'hub name or folder',
    defaultModel: 'owner/name',
    open: async (argument) => wide(argument, 1),
  },
};

const scorable = { prompt: '', image: { width: 5, height: 1, data: new Uint8Array(15) } };

describe('a scorer spec', () => {
  it('is a name, or a name and an argument', async () => {
    expect(await (await openScorer('width', {}, kinds)).score([scorable])).toEqual(Float64Array.of(5));
    expect(await (await openScorer('times:3', {}, kinds)).score([scorable])).toEqual(Float64Array.of(15));
  });

  it('keeps all that follows the first colon', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (argument) => {
        expect(parseScorerSpec(`times:${argument}`, kinds)).toMatchObject({ name: 'times', argument });
      }),
    );
  });

  it('has the published model where nothing else is named', async () => {
    expect((await openScorer('published', {}, kinds)).name).toBe('owner/name');
    expect((await openScorer('published:a/b@main', {}, kinds)).name).toBe('a/b@main');
  });

  it('says which name is nearest, and all of them', () => {
    expect(() => parseScorerSpec('widht', kinds)).toThrow(
      "there is no scorer 'widht'; the nearest name is width. The scorers are width, times, published.",
    );
    expect(() => parseScorerSpec(':x', kinds)).toThrow('a scorer is named as name or name:argument');
    expect(() => parseScorerSpec('constructor', kinds)).toThrow("there is no scorer 'constructor'");
  });

  it('is refused without an argument that is needed, and with one that has no place', () => {
    expect(() => parseScorerSpec('times', kinds)).toThrow('the scorer times needs a number: write times:<number>');
    expect(() => parseScorerSpec('published:', kinds)).toThrow('or published alone for owner/name');
    expect(() => parseScorerSpec('width:3', kinds)).toThrow('the scorer width takes nothing: write width, not width:3');
  });

  it('stands beside others, with commas of its own', () => {
    expect(splitScorerSpecs('width,times:3,published', kinds)).toEqual(['width', 'times:3', 'published']);
    expect(splitScorerSpecs('published:#ff8800,#003366,times:3', kinds)).toEqual([
      'published:#ff8800,#003366',
      'times:3',
    ]);
    expect(splitScorerSpecs('width,tmes', kinds)).toEqual(['width', 'tmes']);
  });
});

const clipFolder = fileURLToPath(new URL('../../../../models/emoji-clip', import.meta.url));

it('knows two scorers of the same weights for one rater, and not one of others', async () => {
  const looks = fileURLToPath(new URL('../../../../models/emoji-looks/labelling-scorer', import.meta.url));
  const specs = [`clip:${clipFolder}`, `pickscore:${clipFolder}`, `clip:${looks}`, 'symmetry'];
  const scorers = await Promise.all(specs.map((spec) => openScorer(spec, { threads: 1 })));
  expect(new Set(scorers.map(({ identity }) => identity)).size).toBe(4); // their scores are kept apart
  const [clip = [], pickscore = [], other = [], rule = []] = scorers.map((of) => raterMarks(scorerRater(of)));
  expect(clip.filter((mark) => pickscore.includes(mark))).toEqual([scorers[0]?.weights?.slice(0, 16)]);
  expect(clip.filter((mark) => other.includes(mark) || rule.includes(mark))).toEqual([]);
  await Promise.all(scorers.map((of) => of.release()));
});

it('knows the emoji scorer and the CLIP score of its folder for the same judge', async () => {
  const [emoji, clip] = [
    await openScorer('emoji', { threads: 1 }),
    await openScorer(`clip:${clipFolder}`, { threads: 1 }),
  ];
  expect(emoji.identity).toBe(clip.identity);
  expect([emoji.name, clip.name]).toEqual(['emoji', 'clip']);
  await Promise.all([emoji.release(), clip.release()]);
});
