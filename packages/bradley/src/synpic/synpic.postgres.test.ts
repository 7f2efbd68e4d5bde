import { type PostgresCluster, startPostgres } from '@bradley/preferences/postgres-cluster';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { expectNothingLost } from './killed-job.test-support.js';

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await startPostgres();
});
afterAll(() => cluster?.stop());

describe('a Syn-Pic job on a PostgreSQL server', () => {
  it('loses nothing and repeats nothing when workers, one of them at the server itself, and its owner are killed', () =>
    expectNothingLost(() => cluster.createDatabase()));
});
