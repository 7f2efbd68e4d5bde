import { randomBytes } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { promptKey } from '../learnt-from.js';
import { sha256Of } from '../media-path.js';
import type { Row } from '../source.js';
import { teachersBehind } from '../teachers.js';
import { exportComparisons } from './exports.js';
import { importComparisons, listImports, progressOf } from './imports.js';
import { rowsOf } from './record.js';
import { comparisons, media as mediaTable, raters } from './schema.js';
import {
  all,
  makeProject,
  pixel,
  remoteRecord,
  rowsOfRecords,
  type StoreWorld,
  sourceOf,
} from './store-world.test-support.js';
import { recordTeachers, storedTeachers } from './teachers.js';

const many = (count: number) => Array.from({ length: count }, (_, i) => remoteRecord(`r${i}`));

/** What every store does with sets of comparisons. */
export function importLaws(world: () => StoreWorld): void {
  const importInto = (projectId: string, source: ReturnType<typeof sourceOf>, options = {}) =>
    importComparisons(world().store, world().media, source, { projectId, ...options });

  describe('an import', () => {
    it('adds every record once, and gives back what it took', async () => {
      const projectId = await makeProject(world(), 'round-trip');
      const records = many(4500);
      const done = await importInto(projectId, sourceOf(rowsOfRecords(records)));
      expect(progressOf(done)).toEqual({ read: 4500, added: 4500, known: 0, refused: 0 });
      expect(done).toMatchObject({ status: 'finished', remote: 9000, problems: {}, name: 'made-up.jsonl' });
      const back = await all(exportComparisons(world().store, { projectId }));
      expect(back.map(({ rater: _, ...record }) => record)).toEqual(records.map(({ rater: _, ...record }) => record));
      const again = await importInto(projectId, sourceOf(rowsOfRecords(records)));
      expect(progressOf(again)).toEqual({ read: 4500, added: 0, known: 4500, refused: 0 });
      const own = await importInto(projectId, sourceOf(rowsOfRecords(back)));
      expect(progressOf(own)).toMatchObject({ added: 0, known: 4500 });
    });

    it('tells the planner what there is now, without which reading page by page sorts the rest for every page', async () => {
      const projectId = await makeProject(world(), 'planned');
      await importInto(projectId, sourceOf(rowsOfRecords(many(4000))));
      const known = await world().store.db.execute(
        sql`select reltuples as rows, (select count(*)::int from comparisons) as there from pg_class where relname = 'comparisons'`,
      );
      const [counts] = rowsOf<{ rows: number; there: number }>(known);
      expect(counts?.rows).toBe(counts?.there);
    });

    it('goes on where it stopped, whatever stopped it', async () => {
      const projectId = await makeProject(world(), 'resumed');
      const rows = rowsOfRecords(many(9000));
      async function* breaking(): AsyncGenerator<Row> {
        yield* rows.slice(0, 5000);
        throw new Error('the disk was pulled out');
      }
      const fingerprint = 'the same file';
      await expect(importInto(projectId, sourceOf(breaking), { fingerprint })).rejects.toThrow('pulled out');
      const [failed] = await listImports(world().store, projectId);
      expect(failed).toMatchObject({ status: 'failed', read: 4000, added: 4000, error: 'the disk was pulled out' });

      const stop = new AbortController();
      const onProgress = () => stop.abort();
      const stopped = await importInto(projectId, sourceOf(rows), { fingerprint, signal: stop.signal, onProgress });
      expect(stopped).toMatchObject({ id: failed?.id, status: 'interrupted', read: 6000, added: 6000 });
      const done = await importInto(projectId, sourceOf(rows), { fingerprint });
      expect(done).toMatchObject({ id: failed?.id, status: 'finished', read: 9000, added: 9000, error: null });
      expect(await listImports(world().store, projectId)).toHaveLength(1);
    });

    it('tells records apart that two sets number alike, and knows those that have no id by their content', async () => {
      const projectId = await makeProject(world(), 'ids');
      const cat = remoteRecord('17');
      const dog = { ...remoteRecord('17'), prompt: 'a dog' };
      expect((await importInto(projectId, sourceOf([{ where: 'cats:1', record: cat }]))).added).toBe(1);
      expect((await importInto(projectId, sourceOf([{ where: 'dogs:1', record: dog }]))).added).toBe(1);
      expect((await importInto(projectId, sourceOf([{ where: 'dogs:1', record: dog }]))).added).toBe(0);
      // A line's number is no id: the line moved, and the file has another name.
      const bird = { ...remoteRecord('birds.jsonl:1'), prompt: 'a bird' };
      const moved = { ...bird, id: 'more.jsonl:9' };
      const birds = sourceOf([{ where: '/x/birds.jsonl:1', record: bird }], {}, '/x/birds.jsonl');
      const more = sourceOf([{ where: '/y/more.jsonl:9', record: moved }], {}, '/y/more.jsonl');
      expect((await importInto(projectId, birds)).added).toBe(1);
      expect((await importInto(projectId, more)).added).toBe(0);
    });

    it.each([
      ['a question of a row', 'a.csv:3:VQ', 'b.csv:5:VQ'],
      ['two rows that make a pair', 'a.csv:1+a.csv:3', 'b.csv:5+b.csv:2'],
      ['an answer to an entry of a list', 'a.csv[3]:better:u1', 'b.csv[5]:better:u1'],
    ])('knows %s by its content too', async (_, id, elsewhere) => {
      const projectId = await makeProject(world(), `positions-${id.length}`);
      const record = { ...remoteRecord(id), prompt: 'a bird' };
      const [here, there] = id.includes('[') ? ['/x/a.csv[3]', '/y/b.csv[5]'] : ['/x/a.csv:3', '/y/b.csv:5'];
      const once = sourceOf([{ where: here, record }], {}, '/x/a.csv');
      const copy = sourceOf([{ where: there, record: { ...record, id: elsewhere } }], {}, '/y/b.csv');
      expect((await importInto(projectId, once)).added).toBe(1);
      expect((await importInto(projectId, copy)).added).toBe(0);
      const other = { ...record, question: 'MQ' };
      const question = sourceOf([{ where: '/x/a.csv:3', record: other }], {}, '/x/a.csv');
      expect((await importInto(projectId, question)).added).toBe(1);
    });

    it('keeps an id that is the file’s own, whatever it looks like', async () => {
      const projectId = await makeProject(world(), 'own-ids');
      const rows = ['a.csv:30', 'x-a.csv:3', 'a.csv'].map((id) => ({ where: '/x/a.csv:3', record: remoteRecord(id) }));
      await importInto(projectId, sourceOf(rows, {}, '/x/a.csv'));
      const kept = await world()
        .store.db.select({ id: comparisons.id })
        .from(comparisons)
        .where(eq(comparisons.projectId, projectId));
      expect(kept.map(({ id }) => id).toSorted()).toEqual(['a.csv', 'a.csv:30', 'x-a.csv:3']);
    });

    it('does not bring back what was corrected since', async () => {
      const projectId = await makeProject(world(), 'corrected');
      const source = sourceOf(rowsOfRecords([remoteRecord('one')]));
      await importInto(projectId, source);
      const mine = eq(comparisons.projectId, projectId);
      await world()
        .store.db.update(comparisons)
        .set({ outcome: { kind: 'tie' } })
        .where(mine);
      await importInto(projectId, source);
      expect(await world().store.db.select({ outcome: comparisons.outcome }).from(comparisons).where(mine)).toEqual([
        { outcome: { kind: 'tie' } },
      ]);
    });

    it('keeps of a scorer all that one set or another says it had learnt from', async () => {
      const projectId = await makeProject(world(), 'told-twice');
      const rater = 'scorer:told@17';
      const keys = ['a', 'b', 'c'].map(promptKey).sort();
      const told = (raters: string[], prompts: string[]) => ({
        ...sourceOf(rowsOfRecords([remoteRecord('told', { rater })])),
        teachers: async () => [{ rater, raters, prompts }],
      });
      const tellings = [told([], []), told(['ben', 'anna'], keys.slice(1)), told(['anna'], keys.slice(0, 2))];
      await importInto(projectId, tellings[0] as ReturnType<typeof told>);
      await Promise.all(
        [...tellings, ...tellings].map(async (telling) => recordTeachers(world().store, await telling.teachers())),
      );
      const known = teachersBehind([rater], await storedTeachers(world().store));
      expect(known).toEqual([{ rater, raters: ['anna', 'ben'], prompts: keys }]);
      await recordTeachers(world().store, [...known, { rater, raters: [], prompts: [] }]); // one of a batch twice
      expect(teachersBehind([rater], await storedTeachers(world().store))).toEqual(known);
    });

    it('puts files into the media store, and names them by their sha256', async () => {
      const projectId = await makeProject(world(), 'files');
      const files = { 'a.png': await pixel(1), 'b.png': await pixel(2), 'c.txt': Buffer.from('no picture') };
      const of = (id: string, ...media: string[]) =>
        remoteRecord(id, { candidates: media.map((address) => ({ media: address, seed: 7 })) });
      const texts = remoteRecord('texts', {
        candidates: ['hello', 'uid:hi'].map((media) => ({ media, kind: 'text' })),
      });
      const records = [
        of('good', 'a.png', 'b.png'),
        of('half', 'a.png', 'gone.png'),
        of('no', 'a.png', 'c.txt'),
        texts,
      ];
      const done = await importInto(projectId, sourceOf(rowsOfRecords(records), files));
      expect(done).toMatchObject({ added: 2, remote: 0, problems: { 'missing-file': 1, 'not-an-image': 1 } });
      const [first, second] = await all(exportComparisons(world().store, { projectId }));
      const shas = [files['a.png'], files['b.png']].map(sha256Of);
      expect(first?.candidates).toEqual(shas.map((media) => ({ media, seed: 7 })));
      expect(second?.candidates).toEqual(texts.candidates);
      for (const sha256 of shas) {
        expect(await world().media.get(sha256)).not.toBeNull();
        const [row] = await world().store.db.select().from(mediaTable).where(eq(mediaTable.sha256, sha256));
        expect(row?.type).toBe('image/png');
      }
    });

    it('refuses what the database cannot hold, and not the rows beside it', async () => {
      const projectId = await makeProject(world(), 'unstorable');
      const records = many(500);
      records[3] = remoteRecord('nul', { prompt: 'a\0b', rater: 'only-here' });
      records[77] = remoteRecord('half a pair', { prompt: '\ud800 alone' });
      records[400] = remoteRecord(randomBytes(9000).toString('hex'));
      const rows: Row[] = rowsOfRecords(records);
      rows.splice(10, 0, { where: 'made-up.jsonl:x', refused: 'not JSON', problem: 'bad-row' });
      const done = await importInto(projectId, sourceOf(rows));
      expect(progressOf(done)).toEqual({ read: 501, added: 497, known: 0, refused: 4 });
      expect(done.problems).toEqual({ 'bad-row': 1, 'bad-record': 3 });
      expect(done.refusals.map(({ where }) => where)).toEqual(['x', '4', '78', '401'].map((n) => `made-up.jsonl:${n}`));
      expect(done.refusals[1]?.refused).toMatch('the database cannot hold it');
    });

    it('keeps a hundred refusals, and counts them all', async () => {
      const projectId = await makeProject(world(), 'refused');
      const row = (n: number): Row => ({ where: `x:${n}`, refused: 'no', problem: 'bad-row' });
      const done = await importInto(projectId, sourceOf(Array.from({ length: 5000 }, (_, n) => row(n))));
      expect(done).toMatchObject({ read: 5000, refused: 5000, problems: { 'bad-row': 5000 } });
      expect(done.refusals).toHaveLength(100);
    });

    it('makes raters of the project of those in the set, and keeps no name that may be an address', async () => {
      const both = [await makeProject(world(), 'raters-1'), await makeProject(world(), 'raters-2')];
      const records = [1, 2, 3].map((n) => remoteRecord(`v${n}`, { rater: n === 3 ? 'bob' : 'ada@example.org' }));
      for (const projectId of both) await importInto(projectId, sourceOf(rowsOfRecords(records)));
      const people = await world().store.db.select().from(raters).where(eq(raters.projectId, 'raters-1'));
      expect(people).toHaveLength(2);
      expect(JSON.stringify(people)).not.toMatch(/ada|example|bob/);
      const [a, b, c] = await all(exportComparisons(world().store, { projectId: 'raters-1' }));
      expect([a?.rater, b?.rater]).toEqual([b?.rater, a?.rater]);
      expect(new Set([a?.rater, c?.rater])).toEqual(new Set(people.map(({ id }) => id)));
    });

    it('keeps the name of a recipe, alone and with the scorer that chose with it', async () => {
      const projectId = await makeProject(world(), 'recipes');
      const names = ['recipe:warm', 'recipe:warm + scorer:told@17'];
      const records = names.map((rater, n) => remoteRecord(`w${n}`, { rater }));
      await importInto(projectId, sourceOf(rowsOfRecords(records)));
      const back = await all(exportComparisons(world().store, { projectId }));
      expect(back.map(({ rater }) => rater).toSorted()).toEqual(names);
    });

    it('says which projects there are, where there is none of that name', async () => {
      await expect(importInto('nowhere', sourceOf([]))).rejects.toThrow(/no project nowhere\. It has .*round-trip/);
    });
  });
}
