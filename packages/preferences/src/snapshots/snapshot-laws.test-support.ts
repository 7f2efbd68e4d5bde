import { appendFile, cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sha256Of } from '../media-path.js';
import { openComparisons } from '../open.js';
import type { Comparison } from '../record.js';
import { importComparisons } from '../store/imports.js';
import { keepMedia } from '../store/media.js';
import { insertComparisons } from '../store/record.js';
import { raters } from '../store/schema.js';
import {
  all,
  makeProject,
  pixel,
  remoteRecord,
  rowsOfRecords,
  type StoreWorld,
  sourceOf,
} from '../store/store-world.test-support.js';
import { type Teacher, writeTeachers } from '../teachers.js';
import { listSnapshots, locateData } from './find-snapshot.js';
import { freezeSnapshot } from './freeze.js';

const consent = 'I agree.\n```\nReally | <b>so</b>.';
const settings = { consent, licence: 'CC BY 4.0', source: 'made up', questions: [{ id: 'overall', text: 'Which?' }] };

/** What every store freezes. */
export function snapshotLaws(world: () => StoreWorld): void {
  const add = (projectId: string, ...records: Comparison[]) =>
    insertComparisons(
      world().store,
      records.map((record) => ({ projectId, record, source: 'import:x' })),
    );
  const freeze = (projectId: string, options = {}) =>
    freezeSnapshot(world().store, world().media, {
      projectId,
      name: projectId,
      folder: join(world().folder, 'snapshots'),
      ...options,
    });

  describe('a snapshot', () => {
    it('reads back as the records and media that were frozen', async () => {
      const projectId = await makeProject(world(), 'frozen', settings);
      const pictures = [await pixel(11), await pixel(12)];
      const kept = await keepMedia(
        world().store,
        world().media,
        pictures.map((bytes) => ({ bytes })),
      );
      const [a = '', b = ''] = kept.map(({ sha256 }) => sha256);
      const outcomes: Comparison['outcome'][] = [
        { kind: 'winner', index: 1 },
        { kind: 'tie' },
        { kind: 'ranking', order: [1, 0] },
        { kind: 'shares', p: [0.25, 0.75] },
        { kind: 'scores', by: { 'a-scorer': [1, -2.5] } },
      ];
      const records = outcomes.map((outcome, n) =>
        remoteRecord(`f${n}`, { outcome, shown: [1, 0], milliseconds: 12.5 }),
      );
      const full = { seed: -(2 ** 40), steps: 30, guidance: 7.5, adapter: 'taste', model: 'sd15' };
      records.push(remoteRecord('pictures', { candidates: [{ media: a, ...full }, { media: b }], session: 's' }));
      records.push(remoteRecord('texts', { candidates: ['x', 'y'].map((media) => ({ media, kind: 'text' })) }));
      await add(projectId, ...records);
      const { path, version, comparisons, media, isNew } = await freeze(projectId);
      expect({ version, comparisons, media, isNew }).toEqual({ version: 1, comparisons: 7, media: 2, isNew: true });
      expect((await readdir(path)).sort()).toEqual(['README.md', 'comparisons.parquet', 'manifest.json', 'media']);
      const source = await openComparisons(path);
      expect(source.format).toBe('snapshot');
      const rows = await all(source);
      expect(rows.map((row) => ('record' in row ? row.record : row))).toEqual(records);
      expect(Buffer.from(await source.loadMedia({ media: b }))).toEqual(Buffer.from(pictures[1] as Uint8Array));
    });

    it('keeps the names of scorers, and what those behind its comparisons had learnt from', async () => {
      const projectId = await makeProject(world(), 'labelled', settings);
      const [r, s, other] = ['scorer:r@01', 'scorer:s@02', 'scorer:q@03'].map((rater) => ({
        rater,
        raters: ['anna'],
        prompts: [],
      }));
      const known = [{ ...r, raters: ['scorer:s@02'] }, s, other] as Teacher[];
      const records = ['scorer:clip@09 + scorer:r@01', 'anna'].map((rater, n) => remoteRecord(`l${n}`, { rater }));
      const source = { ...sourceOf(rowsOfRecords(records)), teachers: async () => known };
      for (const _ of ['once', 'again']) await importComparisons(world().store, world().media, source, { projectId });
      const frozen = await openComparisons((await freeze(projectId)).path);
      expect(await frozen.teachers?.()).toEqual(known.slice(0, 2));
      const [labelled, chosen] = (await all(frozen)).map((row) => ('record' in row ? row.record.rater : row));
      expect(labelled).toBe('scorer:clip@09 + scorer:r@01');
      expect(chosen).toMatch(/^[0-9a-f]{24}$/); // anna has a pseudonym
      await writeFile(join(frozen.path, 'scorers.json'), '[]');
      await expect(openComparisons(frozen.path)).rejects.toThrow(/scorers\.json: the manifest says the sha256/);
      const people = await makeProject(world(), 'unlabelled', settings);
      await importComparisons(world().store, world().media, sourceOf(rowsOfRecords([remoteRecord('p')])), {
        projectId: people,
      });
      const chosenByPeople = await freeze(people);
      await writeTeachers(chosenByPeople.path, known); // added to a version that has none
      expect(await (await openComparisons(chosenByPeople.path)).teachers?.()).toEqual([]);
    });

    it('has a card with the consent text word for word, counts, and what was left out', async () => {
      const projectId = await makeProject(world(), 'carded', settings);
      const rater = { projectId, name: 'Ada', consent: sha256Of(Buffer.from(consent)) };
      await world()
        .store.db.insert(raters)
        .values([
          { ...rater, id: 'ada-x' },
          { ...rater, id: 'other', consent: null },
        ]);
      await add(
        projectId,
        remoteRecord('1', { rater: 'ada-x' }),
        remoteRecord('2', { rater: 'other', outcome: { kind: 'tie' } }),
      );
      const insight = [
        {
          id: 'overall',
          alpha: { value: 0.5, low: 0.25, high: 0.75, units: 9, why: null },
          first: { count: 6, total: 9, low: 0.35, high: 0.88 },
        },
      ];
      const { path } = await freeze(projectId, { insight });
      const card = await readFile(join(path, 'README.md'), 'utf8');
      expect(card).toContain(`\n\`\`\`\`text\n${consent}\n\`\`\`\`\n`);
      expect(card).toContain('1 of 2 (50.0 %) raters agreed');
      expect(card).toContain('license: cc-by-4.0');
      expect(card).toContain('| overall | 0.50 (0.25 to 0.75) | 9 | 6 of 9 (35.0 % to 88.0 %) |');
      expect(card).toContain('Ties: 1 of 2 (50.0 %)');
      expect(card).toContain('| left out | withdrawn ones, gold tasks, attention tasks, repeat tasks |');
      expect(card).not.toMatch(/ada/i);
    });

    it('is the same version while nothing changes, and a new one beside it when something does', async () => {
      const projectId = await makeProject(world(), 'versions');
      await add(projectId, remoteRecord('1'));
      const first = await freeze(projectId);
      const again = await freeze(projectId);
      expect(again).toEqual({ ...first, isNew: false });
      const elsewhere = await freeze(projectId, { name: 'under-another-name' });
      expect(elsewhere.content).toBe(first.content);
      const before = await readFile(join(first.path, 'manifest.json'));
      await mkdir(join(first.path, '..', '.freezing-killed', 'media'), { recursive: true });
      await add(projectId, remoteRecord('2'));
      const second = await freeze(projectId);
      expect(second.version).toBe(2);
      expect(await readFile(join(first.path, 'manifest.json'))).toEqual(before);
      expect((await readdir(join(first.path, '..'))).sort()).toEqual(['1', '2']);
    });

    it('is found by name, the newest version or the one that is named', async () => {
      const root = join(world().folder, 'snapshots');
      expect(await locateData('versions', root)).toBe(join(root, 'versions', '2'));
      expect(await locateData('versions@1', root)).toBe(join(root, 'versions', '1'));
      expect(await locateData(world().folder, root)).toBe(world().folder);
      await expect(locateData('versions@3', root)).rejects.toThrow(/no such snapshot.*versions@2, versions@1/s);
      await expect(locateData('verzions', root)).rejects.toThrow(/no such snapshot/);
      expect((await listSnapshots(root)).map(({ name, version }) => `${name}@${version}`)).toContain('versions@2');
    });

    it('is not opened when it was changed, and says which file', async () => {
      const changed = join(world().folder, 'changed');
      await cp(join(world().folder, 'snapshots', 'versions', '1'), changed, { recursive: true });
      await appendFile(join(changed, 'comparisons.parquet'), 'x');
      await expect(openComparisons(changed)).rejects.toThrow(/comparisons\.parquet: the manifest says the sha256/);
      const manifest = join(changed, 'manifest.json');
      await writeFile(manifest, (await readFile(manifest, 'utf8')).replace(/"sha256": "./, '"sha256": "0'));
      await expect(openComparisons(changed)).rejects.toThrow(
        /manifest\.json: its list of files does not have the hash/,
      );
    });

    it('is not made of nothing, nor without its media', async () => {
      const projectId = await makeProject(world(), 'empty');
      await expect(freeze(projectId)).rejects.toThrow('no comparisons to freeze');
      await add(projectId, remoteRecord('lost', { candidates: [{ media: 'f'.repeat(64) }, { media: 'uid:x' }] }));
      await expect(freeze(projectId)).rejects.toThrow(/comparison lost compares f{64}, which is not in .*media/);
      expect(await readdir(join(world().folder, 'snapshots', 'empty'))).toEqual([]);
      await expect(freeze(projectId, { name: '../x' })).rejects.toThrow('name has 1 to 64');
      await expect(freeze(projectId, { name: 'versions' })).rejects.toThrow('are of the project versions');
    });
  });
}
