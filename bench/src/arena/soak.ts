import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type PostgresCluster, startPostgres } from '@bradley/preferences/postgres-cluster';
import { formatKills, runKills } from './kills.js';
import { formatLoad, runLoad } from './load.js';
import { inviteRaters } from './rater.js';
import { freePort, startArena } from './served-arena.js';

/** `npm run soak`: a hundred kills and the load, on PGlite and, where it is installed, on PostgreSQL. */
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '20' },
    stores: { type: 'string', default: 'pglite,postgres' },
  },
});
const say = (line: string) => process.stdout.write(`${line}\n`);
const seconds = Number(values.seconds);

/** What is asked of an arena: the people that it must hold, and as many votes as it takes. */
const loads = [
  { title: '1,000 raters, 3 s to think', raters: 1000, thinkSeconds: 3, batch: 1 },
  { title: '300 raters who do not think, a next for every vote', raters: 300, thinkSeconds: 0, batch: 1 },
  { title: '300 raters who do not think, a next for three votes', raters: 300, thinkSeconds: 0, batch: 3 },
];

async function load(where: string, database: () => Promise<string | undefined>): Promise<void> {
  for (const { title, ...asked } of loads) {
    const folder = await mkdtemp(join(tmpdir(), 'arena-load-'));
    const port = await freePort();
    const arena = await startArena({ folder, port, database: await database(), tasks: 5000 });
    try {
      const invite = await inviteRaters(port, arena.setUp ?? '');
      say(formatLoad(`${where}, ${title}`, await runLoad({ ...asked, port, invite, seconds })));
    } finally {
      await arena.kill();
      await rm(folder, { recursive: true, force: true });
    }
  }
}

async function kill(postgres?: PostgresCluster): Promise<void> {
  const result = await runKills({ kills: Number(values.kills), raters: 20, postgres, progress: say });
  say(formatKills([result]));
  if (result.lost + result.twice > 0) process.exitCode = 1;
}

const stores = values.stores.split(',');
if (stores.includes('pglite')) {
  await load('PGlite', async () => undefined);
  await kill();
}
if (stores.includes('postgres')) {
  const postgres = await startPostgres();
  try {
    await load('PostgreSQL', postgres.createDatabase);
    await kill(postgres);
  } finally {
    await postgres.stop();
  }
}
