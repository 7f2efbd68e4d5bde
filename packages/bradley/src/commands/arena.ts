import { z } from 'zod';
import { command } from '../cli/command.js';
import { UsageError } from '../cli/usage-error.js';
import { threadsField } from '../config/threads-field.js';

export const arena = command({
  summary: 'Choose between pictures in the browser, train on your taste, and judge it blindly.',
  description:
    'Serves a page on this computer: pairs of pictures by the model that ships with Bradley, the training of a LoRA on what you ' +
    'choose, every run and its curves, and a blind comparison of before and after. Needs no network and no account; with --team, ' +
    'others take part with accounts and invite links. Ctrl-C closes it; runs that are training go on.',
  example: [
    'arena',
    'arena --folder taste --port 8080 --no-open',
    'arena --team --origin https://arena.example.org --behind-proxy --store postgres://bradley@localhost/arena',
  ],
  options: z.object({
    folder: z.string().min(1).default('bradley-arena').describe('where database, pictures and runs are kept'),
    port: z.int().min(0).max(65535).optional().describe('none is 4680, or the next one that is free; 0 is any'),
    host: z
      .string()
      .min(1)
      .default('127.0.0.1')
      .describe('address to listen on; others than this computer need --team'),
    open: z.boolean().default(true).describe('open the page in a browser'),
    model: z.string().min(1).optional().describe('folder of the model that draws; none is the emoji model'),
    runs: z.string().min(1).optional().describe('folder of runs; none is runs in --folder'),
    store: z
      .string()
      .regex(/^postgres(ql)?:\/\//, 'postgres://user@host/database, its password in PGPASSWORD')
      .optional()
      .describe('PostgreSQL server for the comparisons; none is a database in --folder'),
    media: z
      .string()
      .min(1)
      .optional()
      .describe('folder or s3://bucket/prefix for pictures; none is media in --folder'),
    team: z.boolean().default(false).describe('accounts, invites and roles, for several people'),
    origin: z
      .url('an address such as https://arena.example.org')
      .optional()
      .describe('with --team: the address that people open, such as https://arena.example.org'),
    behindProxy: z.boolean().default(false).describe('with --team: a reverse proxy says in X-Forwarded-For who asks'),
    threads: threadsField.optional().describe(threadsField.description ?? ''),
  }),
  async run({ team, origin, behindProxy, store, media, open, ...rest }, out) {
    if (team !== (origin !== undefined))
      throw new UsageError(
        team
          ? '--team needs --origin: the address that people open, such as https://arena.example.org, or http://localhost:4680 to try it.'
          : '--origin is for --team: without it the arena is for one person on this computer.',
      );
    const { openBrowser } = await import('../arena/open-browser.js');
    const { serveArena } = await import('../arena/serve-arena.js');
    const { mediaStore } = await import('@bradley/preferences');
    const closing = nextSignal();
    out.status('Opening the database and the model …');
    const served = await serveArena({
      ...rest,
      database: store,
      media: media === undefined ? undefined : mediaStore(media),
      team: origin === undefined ? undefined : { origin: new URL(origin).origin, behindProxy },
    });
    const opened = open && openBrowser(served.origin);
    out.result(
      { address: served.origin, port: served.port, folder: served.folder, runs: served.runs },
      [
        `The arena is at ${served.origin}${opened ? ', opening in your browser' : ''}`,
        ...(served.portTaken ? [`Port 4680 is taken by another program, so it listens on ${served.port}.`] : []),
        ...(served.setUp === null ? [] : [`Make the first account at ${served.setUp}`]),
        `Everything is kept in ${served.folder}`,
        'Ctrl-C closes it.',
      ].join('\n'),
    );
    await closing;
    out.note('Closing …');
    await served.close();
    out.note('Closed. Runs that are training go on; the arena shows them when it is started again.');
    return undefined;
  },
});

/** Ctrl-C, or what service managers and terminals send to end a program; a second one ends it at once. */
function nextSignal(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => {
        if (asked) process.exit(130);
        asked = true;
        resolve();
      });
  });
}
