import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { openComparisons } from '../open.js';
import type { Row } from '../source.js';

/** A folder with two pictures and two films for the tests of a file; `rowsOf` writes a set of comparisons beside them and reads it. */
export function setsBesideMedia() {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sets-'));
    for (const file of ['a.png', 'b.png', 'a.mp4', 'b.mp4']) await writeFile(join(folder, file), file);
  });
  afterAll(() => rm(folder, { recursive: true }));
  return {
    /** The path of a file in it. */
    at: (file: string): string => join(folder, file),
    async rowsOf(file: string, text: string | Uint8Array): Promise<(Row & { readonly refused?: string })[]> {
      await writeFile(join(folder, file), text);
      const rows = [];
      for await (const row of await openComparisons(join(folder, file))) rows.push(row);
      return rows;
    },
  };
}

export const recordOf = (row: Row | undefined) => (row && 'record' in row ? row.record : row);
