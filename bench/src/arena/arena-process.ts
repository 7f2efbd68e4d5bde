import { openArena, serve, setUpLink } from '@bradley/arena-server';
import { createArenaProject, type ProcessOptions } from './arena-project.js';

/** An arena in a process of its own, to be loaded and killed: a line of JSON says when it serves. */
const options = JSON.parse(process.argv[2] ?? '') as ProcessOptions;
const unavailable = () => Promise.reject(new Error('this arena trains nothing'));
const arena = await openArena({
  ...{ folder: options.folder, mode: 'team', origin: `http://127.0.0.1:${options.port}` },
  ...(options.database !== undefined && { database: options.database }),
  services: {
    drawer: null,
    runs: {
      ...{ folder: options.folder, startTaste: unavailable, start: unavailable, resume: unavailable },
      describe: async () => ({ objective: null, model: null, data: null }),
    },
  },
});
await createArenaProject(arena.store, options);
await serve(arena, { host: '127.0.0.1', port: options.port });
process.stdout.write(`${JSON.stringify({ setUp: await setUpLink(arena) })}\n`);
// It ends with whoever started it.
process.stdin.resume().on('end', () => process.exit());
