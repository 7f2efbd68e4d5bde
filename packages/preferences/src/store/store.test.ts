import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LockedError } from '@bradley/formats';
import { count } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore, type Store } from './open.js';
import { type NewComparison, openRecorder } from './record.js';
import { comparisons, projects } from './schema.js';

let folder: string;
let store: Store;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'store-'));
  store = await openStore(folder);
  await store.db.insert(projects).values({ id: 'cats', name: 'Cats', settings: {} });
});
afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

const comparison = (id: string): NewComparison => ({
  projectId: 'cats',
  source: 'arena',
  record: {
    id,
    prompt: 'a cat; drop table comparisons; -- \' "',
    candidates: [{ media: 'a' }, { media: 'b' }],
    outcome: { kind: 'winner', index: 1 },
    question: 'overall',
    at: '2026-01-01T00:00:00.000Z',
    shown: [1, 0],
  },
});

describe('a store in a folder', () => {
  it('has one owner, whom the error names', async () => {
    const second = openStore(folder);
    await expect(second).rejects.toThrow(LockedError);
    await expect(second).rejects.toThrow(`process ${process.pid}`);
  });

  it('records what comes at once in order, and an id once', async () => {
    const recorder = openRecorder(store);
    const all = await Promise.all(
      Array.from({ length: 1200 }, (_, i) => recorder.record([comparison(`vote-${i % 1000}`)])),
    );
    expect(all.flat().filter((recorded) => recorded === 'recorded')).toHaveLength(1000);
    expect(await store.db.select({ n: count() }).from(comparisons)).toEqual([{ n: 1000 }]);
    const [first] = await store.db.select().from(comparisons).limit(1);
    expect(first).toMatchObject({ prompt: comparison('').record.prompt, shown: [1, 0], raterId: null });
  });

  it('rejects the one that the database refuses, and records those that waited with it', async () => {
    const recorder = openRecorder(store);
    const lost = recorder.record([{ ...comparison('lost'), projectId: 'no-such-project' }]);
    const kept = recorder.record([comparison('kept')]);
    await expect(lost).rejects.toThrow();
    expect(await kept).toEqual(['recorded']);
  });
});
