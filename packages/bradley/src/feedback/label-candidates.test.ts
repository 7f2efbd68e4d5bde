import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keptScores, openScorer, type Scorer } from '@bradley/evaluate';
import { encodePng } from '@bradley/formats';
import { type Comparison, openComparisons, type Refusal, readTeachers, scorerRater } from '@bradley/preferences';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCandidates } from './candidate-sets.js';
import { type LabelOptions, labelCandidates } from './label-candidates.js';

let folder: string;
let scorers: Map<string, Scorer>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'label-'));
  scorers = new Map();
  for (const spec of ['palette:#ff0000', 'jpeg-compressibility'])
    scorers.set(spec, keptScores(await openScorer(spec), join(folder, 'scores')));
  // Of each prompt a grey picture by one model, and a red one by another.
  await list('grey', [128, 128, 128]);
  await list('red', [255, 0, 0]);
});
afterAll(() => rm(folder, { recursive: true }));

async function list(name: string, colour: readonly [number, number, number]): Promise<void> {
  await mkdir(join(folder, name));
  const lines: string[] = [];
  for (const [i, prompt] of ['a fox', 'a hen', 'an owl'].entries()) {
    const data = Uint8Array.from({ length: 3 * 64 }, (_, at) =>
      Math.min(255, (colour[at % 3] as number) + (at === i ? 9 : 0)),
    );
    await writeFile(join(folder, name, `000${i}.png`), await encodePng(data, 8, 8));
    lines.push(JSON.stringify({ file: `000${i}.png`, prompt, seed: 0, model: name }));
  }
  await writeFile(join(folder, name, 'images.jsonl'), lines.join('\n'));
}

const options = (output: string, changes: Partial<LabelOptions> = {}): LabelOptions => ({
  ...{ outcome: 'winner', combine: 'sum', weights: [1, 1], margin: 0, ties: 'tie' },
  output: join(folder, output),
  ...changes,
});

async function records(path: string): Promise<Comparison[]> {
  const found: Comparison[] = [];
  for await (const row of await openComparisons(path)) if ('record' in row) found.push(row.record);
  return found;
}

const noRefusal = (refusal: Refusal): void => {
  throw new Error(refusal.refused);
};
const lists = () => openCandidates([join(folder, 'grey'), join(folder, 'red', 'images.jsonl')], noRefusal);

describe('labelling', () => {
  it('makes a comparison of the pictures of each prompt, by whom the scorer prefers', async () => {
    const palette = new Map([...scorers].slice(0, 1));
    const labelled = await labelCandidates(
      await lists(),
      { kind: 'scorers', scorers: palette },
      options('red.jsonl', { weights: [1] }),
    );
    expect(labelled).toMatchObject({ labelled: 3, dropped: 0, outcomes: { winner: 3 }, alpha: null });
    expect(labelled.firstWins).toMatchObject([{ k: 2, count: 0, total: 3 }]);
    const made = await records(labelled.output);
    expect(made.map(({ prompt }) => prompt)).toEqual(['a fox', 'a hen', 'an owl']);
    for (const { candidates, outcome, rater } of made) {
      expect(candidates).toMatchObject([{ model: 'grey' }, { model: 'red' }]);
      expect(outcome).toEqual({ kind: 'winner', index: 1 });
      expect(rater).toBe(scorerRater(scorers.get('palette:#ff0000') as Scorer));
    }
  });

  it('keeps raw scores that combine later to what they would have given at once', async () => {
    const kept = await labelCandidates(
      await lists(),
      { kind: 'scorers', scorers },
      options('scores.jsonl', { outcome: 'scores' }),
    );
    const names = [...scorers.keys()];
    for (const combine of ['sum', 'rank', 'vote'] as const) {
      const changes = { combine, outcome: 'ranking' } as const;
      const from = await openCandidates([kept.output], noRefusal);
      await labelCandidates(from, { kind: 'kept', names }, options(`${combine}-later.jsonl`, changes));
      await labelCandidates(await lists(), { kind: 'scorers', scorers }, options(`${combine}.jsonl`, changes));
      expect(await records(join(folder, `${combine}-later.jsonl`))).toEqual(
        await records(join(folder, `${combine}.jsonl`)),
      );
    }
  });

  it('says beside the labels what the scorers had learnt from, and takes it along', async () => {
    const palette = scorers.get('palette:#ff0000') as Scorer;
    const s = { rater: 'scorer:s@02', raters: ['anna'], prompts: [] };
    const taught: Scorer = { ...palette, learntFrom: { raters: ['scorer:s@02'], prompts: [], teachers: [s] } };
    const judges = { kind: 'scorers', scorers: new Map([['taught', taught]]) } as const;
    const raw = await labelCandidates(await lists(), judges, options('raw.jsonl', { weights: [1], outcome: 'scores' }));
    const expected = [{ rater: scorerRater(taught), raters: ['scorer:s@02'], prompts: [] }, s];
    expect(await readTeachers(raw.output)).toEqual(expected);
    const from = await openCandidates([raw.output], noRefusal);
    const kept = await labelCandidates(
      from,
      { kind: 'kept', names: ['taught'] },
      options('kept.jsonl', { weights: [1] }),
    );
    expect(await readTeachers(kept.output)).toEqual(expected);
    await writeFile(`${raw.output}.scorers.json`, '[{}]');
    const damaged = labelCandidates(
      from,
      { kind: 'kept', names: ['taught'] },
      options('damaged.jsonl', { weights: [1] }),
    );
    await expect(damaged).rejects.toThrow(/raw\.jsonl\.scorers\.json does not say.*label again/s);
    await expect(stat(join(folder, 'damaged.jsonl'))).rejects.toThrow('ENOENT');
    const anew = await openCandidates([raw.output], noRefusal);
    const plain = new Map([['red', palette]]);
    const again = await labelCandidates(
      anew,
      { kind: 'scorers', scorers: plain },
      options('anew.jsonl', { weights: [1] }),
    );
    expect(await readTeachers(again.output)).toEqual([{ rater: scorerRater(palette), raters: [], prompts: [] }]);
  });

  it('scores nothing twice', async () => {
    const seen: number[] = [];
    const onProgress = ({ done, kept }: { done: number; kept: number }) => seen.push(done - kept);
    await labelCandidates(await lists(), { kind: 'scorers', scorers }, options('again.jsonl', { onProgress }));
    expect(seen).toEqual([0]);
  });

  it('labels comparisons anew, forgetting who won', async () => {
    const line = { id: 'one', prompt: 'a fox', chosen: 'grey/0000.png', rejected: 'red/0000.png' };
    await writeFile(join(folder, 'wrong.jsonl'), JSON.stringify(line));
    const from = await openCandidates([join(folder, 'wrong.jsonl')], noRefusal);
    const palette = new Map([...scorers].slice(0, 1));
    await labelCandidates(from, { kind: 'scorers', scorers: palette }, options('right.jsonl', { weights: [1] }));
    expect(await records(join(folder, 'right.jsonl'))).toMatchObject([
      { id: 'one', outcome: { kind: 'winner', index: 1 } },
    ]);
  });

  it('names the record whose scores are not there, a prompt with nothing to compare, and a picture that is there twice', async () => {
    const from = await openCandidates([join(folder, 'red.jsonl')], noRefusal);
    const asked = labelCandidates(from, { kind: 'kept', names: ['clip'] }, options('none.jsonl', { weights: [1] }));
    await expect(asked).rejects.toThrow(/should have scores by clip, and has none/);
    await expect(openCandidates([join(folder, 'red')], noRefusal)).rejects.toThrow(/one picture.*--seeds/);
    const twice = openCandidates([join(folder, 'red'), join(folder, 'red', 'images.jsonl')], noRefusal);
    await expect(twice).rejects.toThrow(/red.*\.png is listed twice/);
  });
});
