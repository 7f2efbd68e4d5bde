import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { independence } from '@bradley/evaluate';
import {
  createProject,
  freezeSnapshot,
  importComparisons,
  openComparisons,
  promptKey,
  writeTeachers,
} from '@bradley/preferences';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { withStore } from '../arena/open-store.js';
import { run } from '../commands/run-command.test-support.js';
import type { DrawnContestant } from './contestants.js';
import { type VotesChoice, voteEvidence } from './vote-evidence.js';

let folder: string;
const at = (name: string) => join(folder, name);
const contestants: DrawnContestant[] = ['base', 'tuned'].map((model) => ({
  name: model,
  origin: null,
  model,
  adapter: null,
}));
const evidence = (votes: VotesChoice, leftOut: string[] = [], onNote: (text: string) => void = () => {}) =>
  voteEvidence(votes, contestants, { cases: [], leftOut: new Set(leftOut.map(promptKey)), onNote });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'votes-'));
  const votes = Array.from({ length: 10 }, (_, i) => ({
    ...{ id: `v${i}`, prompt: `prompt ${i}`, rater: 'anna', outcome: { kind: 'winner', index: i % 5 ? 1 : 0 } },
    candidates: contestants.map(({ model }) => ({ media: `${i} by ${model}`, kind: 'text', model })),
  }));
  await writeFile(at('votes.jsonl'), votes.map((row) => JSON.stringify(row)).join('\n'));
  const place = { folder: at('arena') };
  await withStore(
    place,
    async (store, media) => {
      await createProject(store, { id: 'cats', name: 'Cats', settings: {} });
      await importComparisons(store, media, await openComparisons(at('votes.jsonl')), { projectId: 'cats' });
      await freezeSnapshot(store, media, { projectId: 'cats', name: 'my-cats', folder: at('snapshots') });
    },
    { make: true },
  );
  vi.stubEnv('BRADLEY_SNAPSHOTS', at('snapshots'));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

it('reads the votes of a file, of a snapshot by its name, and of a project of a store alike', async () => {
  const ofFile = await evidence(at('votes.jsonl'));
  expect(ofFile.duels[1]?.map(({ margin }) => margin).filter((margin) => margin > 0)).toHaveLength(8);
  for (const votes of ['my-cats', 'my-cats@1', { folder: at('arena'), project: 'cats' }]) {
    const { duels, judge } = await evidence(votes);
    expect(duels).toEqual(ofFile.duels);
    expect(judge.raters).toHaveLength(1);
  }
});

it('leaves out votes on prompts that were learnt from, and says how many', async () => {
  const notes: string[] = [];
  const { duels } = await evidence(at('votes.jsonl'), ['prompt 1', ' prompt  3 ', 'another'], (text) =>
    notes.push(text),
  );
  expect(duels[1]).toHaveLength(8);
  expect(notes.join()).toMatch(/votes\.jsonl: 2 comparisons are left out: their prompts were learnt from/);
  const all = Array.from({ length: 10 }, (_, i) => `prompt ${i}`);
  await expect(evidence(at('votes.jsonl'), all)).rejects.toThrow(/10 are of prompts that were learnt from/);
});

it('takes for a LoRA’s what was drawn at its strength, as the arena and bradley sample name it', async () => {
  const lora = (strength: number): DrawnContestant => ({
    ...{ name: strength === 1 ? 'mine' : `mine × ${strength}`, origin: null, model: 'models/emoji' },
    adapter: { kind: 'lora', use: { path: 'runs/mine/pytorch_lora_weights.safetensors', strength } },
  });
  const base = { name: 'emoji', origin: null, model: 'models/emoji', adapter: null };
  const vote = (adapter: string, i: number) => ({
    ...{ id: adapter, prompt: `prompt ${i}`, rater: 'anna', outcome: { kind: 'winner', index: 1 } },
    candidates: ['before', 'after'].map((side) => ({
      ...{ media: `${side} ${i}`, kind: 'text', model: 'emoji' },
      ...(side === 'after' && { adapter }),
    })),
  });
  const path = 'runs/mine/pytorch_lora_weights.safetensors';
  const rows = ['mine', path, 'mine:1.5', `${path}:1.5`, 'mine:0.5'].map((adapter, i) =>
    JSON.stringify(vote(adapter, i)),
  );
  await writeFile(at('strengths.jsonl'), rows.join('\n'));
  for (const strength of [1, 1.5]) {
    const options = { cases: [], leftOut: new Set<string>(), onNote: () => {} };
    const { duels } = await voteEvidence(at('strengths.jsonl'), [base, lora(strength)], options);
    expect(duels[1]).toHaveLength(2);
  }
});

it('says which snapshots and projects there are, where one is not', async () => {
  await expect(evidence('my-dogs')).rejects.toThrow(/no such snapshot.*my-cats@1/);
  await expect(evidence({ folder: at('arena'), project: 'dogs' })).rejects.toThrow(/no project dogs.*cats/);
  await expect(evidence({ folder: at('arenna'), project: 'cats' })).rejects.toThrow(
    /no comparisons or jobs are kept.*--folder/,
  );
});

it('knows each of several scorers that cast votes together, and what is said beside the votes of who had taught them', async () => {
  const votes = await readFile(at('votes.jsonl'), 'utf8');
  const [a, b, s] = ['scorer:a@0a', 'scorer:b@0b', 'scorer:s@05'];
  await writeFile(at('cast.jsonl'), votes.replaceAll('anna', `${a} + ${b}`));
  const lesson = { raters: [s], prompts: [promptKey('a boat')] };
  const known = [a, b].map((rater) => ({ rater, ...lesson }));
  await writeTeachers(at('cast.jsonl'), [...known, { rater: s, raters: ['ben'], prompts: [] }]);
  const { judge } = await evidence(at('cast.jsonl'));
  expect(judge.raters).toEqual([a, b]);
  const kinds = (...raters: string[]) =>
    independence({ raters, prompts: [] }, judge, []).objections.map(({ kind }) => kind);
  expect(kinds(a)).toEqual(['judge was the teacher']);
  expect(kinds(s)).toEqual(['pupil of the same scorer']);
  expect(independence({ raters: [], prompts: [] }, judge, ['a boat']).objections[0]?.kind).toBe(
    'not held out from the judge',
  );
  expect(kinds('ben')).toEqual([]);
  await writeTeachers(at('cast.jsonl'), known);
  const { judge: unsure } = await evidence(at('cast.jsonl'));
  expect(independence({ raters: [], prompts: [] }, unsure, []).unknown).toEqual(['judge’s teacher of unknown origin']);
});

it('is asked for one of them', async () => {
  const { code, stderr } = await run('evaluate', '--votes', 'my-cats', '--project', 'cats', '--output', at('out'));
  expect([code, stderr]).toEqual([2, expect.stringContaining('--votes and --project')]);
});
