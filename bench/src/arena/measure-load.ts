import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { formatLoad, runLoad } from './load.js';
import { inviteRaters } from './rater.js';
import { freePort, startArena } from './served-arena.js';

/** One load on an arena in a process of its own: `node dist/arena/measure-load.js --raters 1000 --think 3 --seconds 30`. */
const { values } = parseArgs({
  options: {
    raters: { type: 'string', default: '1000' },
    think: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '30' },
    batch: { type: 'string', default: '1' },
    tasks: { type: 'string', default: '5000' },
    database: { type: 'string' },
  },
});
const folder = await mkdtemp(join(tmpdir(), 'arena-load-'));
const port = await freePort();
const arena = await startArena({ folder, port, database: values.database, tasks: Number(values.tasks) });
try {
  const invite = await inviteRaters(port, arena.setUp ?? '');
  const result = await runLoad({
    ...{ port, invite, raters: Number(values.raters), thinkSeconds: Number(values.think) },
    ...{ seconds: Number(values.seconds), batch: Number(values.batch) },
  });
  const where = values.database === undefined ? 'PGlite' : 'PostgreSQL';
  process.stdout.write(
    `${formatLoad(`${where}, ${values.raters} raters, ${values.think} s to think, next in ${values.batch}s`, result)}\n`,
  );
} finally {
  await arena.kill();
  await rm(folder, { recursive: true, force: true });
}
