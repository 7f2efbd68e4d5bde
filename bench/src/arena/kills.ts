import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Presentation } from '@bradley/arena-contract';
import { openStore, tables } from '@bradley/preferences';
import type { PostgresCluster } from '@bradley/preferences/postgres-cluster';
import { projectId } from './arena-project.js';
import { type Browser, inviteRaters, joinRater, nextOf, voteOn } from './rater.js';
import { freePort, type ServedArena, startArena } from './served-arena.js';

export interface KillOptions {
  readonly kills: number;
  readonly raters: number;
  /** Every fourth time it is this that is killed, beside the arena. PGlite where it is absent. */
  readonly postgres?: PostgresCluster | undefined;
  readonly progress?: ((line: string) => void) | undefined;
}

export interface KillResult {
  readonly where: 'PGlite' | 'PostgreSQL';
  readonly kills: number;
  readonly databaseKills: number;
  /** Votes whose answer arrived before a kill. */
  readonly acknowledged: number;
  /** Of those, in the store no more, and there more than once. */
  readonly lost: number;
  readonly twice: number;
  /** In the store though no answer arrived: the kill came between writing and answering. */
  readonly unanswered: number;
  /** Votes per second while it was up, and how long it took to serve again, at most. */
  readonly votesPerSecond: number;
  readonly slowestStart: number;
}

/** How long an arena is left alive, in milliseconds. */
const life = { shortest: 150, longest: 1200 };

/**
 * Kills an arena at random moments while raters vote over HTTP, starts it again, and at the end looks in the store for every vote
 * that was acknowledged. The list of those is in this process, which is not killed. The power stays on: what the system was
 * given it keeps, so this says nothing of a power failure.
 */
export async function runKills({ kills, raters, postgres, progress }: KillOptions): Promise<KillResult> {
  const folder = await mkdtemp(join(tmpdir(), 'arena-kills-'));
  const options = { folder, port: await freePort(), tasks: 10_000, database: postgres?.url };
  let arena: ServedArena | null = await startArena(options);
  const acknowledged = new Set<string>();
  const invite = await inviteRaters(options.port, arena.setUp ?? '');
  const browsers: Browser[] = [];
  for (let i = 0; i < raters; i++) browsers.push(await joinRater(options.port, invite, `Rater ${i}`));
  let up = true;
  let done = false;
  const voting = browsers.map((browser) =>
    voteOnAndOn(browser, acknowledged, () => (done ? 'done' : up ? 'up' : 'down')),
  );
  let alive = 0;
  let databaseKills = 0;
  let slowestStart = 0;
  try {
    for (let kill = 1; kill <= kills; kill++) {
      // Every other time it is killed while it opens or reads its tasks, else while it takes votes.
      if (kill % 2 === 0) await another(acknowledged);
      const lives = life.shortest + Math.random() * (life.longest - life.shortest);
      await delay(lives);
      alive += lives;
      const withDatabase = postgres !== undefined && kill % 4 === 0;
      // The database first: the arena meets its absence before it is killed itself.
      if (withDatabase) {
        databaseKills++;
        await postgres.restart('kill');
      }
      await arena?.kill();
      up = false;
      arena = null;
      const began = performance.now();
      arena = await startArena(options);
      slowestStart = Math.max(slowestStart, (performance.now() - began) / 1000);
      up = true;
      if (kill % 10 === 0) progress?.(`${kill} kills, ${acknowledged.size} votes acknowledged`);
    }
    done = true;
    await Promise.all(voting);
  } finally {
    done = true;
    await arena?.kill();
    for (const browser of browsers) browser.close();
  }
  const counts = await countStored(postgres?.url ?? join(folder, 'database'), acknowledged);
  await rm(folder, { recursive: true, force: true });
  return {
    ...{ where: postgres ? 'PostgreSQL' : 'PGlite', kills, databaseKills, acknowledged: acknowledged.size, ...counts },
    ...{ votesPerSecond: (1000 * acknowledged.size) / alive, slowestStart },
  };
}

/** Waits until one more vote was acknowledged, ten seconds at most. */
async function another(acknowledged: ReadonlySet<string>): Promise<void> {
  const before = acknowledged.size;
  for (const until = Date.now() + 10_000; acknowledged.size === before && Date.now() < until; ) await delay(10);
}

/** One rater, who sends a vote that was not answered again, as the page does. */
async function voteOnAndOn(browser: Browser, acknowledged: Set<string>, state: () => 'up' | 'down' | 'done') {
  let shown: Presentation[] = [];
  while (state() !== 'done') {
    try {
      if (shown.length === 0) shown = (await nextOf(browser, 3)).shown;
      const [one] = shown;
      if (one) for (const id of (await voteOn(browser, one)).ids) acknowledged.add(id);
      shown.shift();
    } catch {
      await delay(20); // it was killed, or is not up again
    }
  }
}

/** Looks for the acknowledged votes among all that are stored. */
async function countStored(where: string, acknowledged: ReadonlySet<string>) {
  const store = await openStore(where);
  try {
    const rows = await store.db
      .select({ id: tables.comparisons.id, project: tables.comparisons.projectId })
      .from(tables.comparisons);
    const stored = new Map<string, number>();
    for (const { id, project } of rows) if (project === projectId) stored.set(id, (stored.get(id) ?? 0) + 1);
    const all = [...acknowledged];
    return {
      lost: all.filter((id) => !stored.has(id)).length,
      twice: all.filter((id) => (stored.get(id) ?? 0) > 1).length,
      unanswered: [...stored.keys()].filter((id) => !acknowledged.has(id)).length,
    };
  } finally {
    await store.close();
  }
}

export function formatKills(results: readonly KillResult[]): string {
  const head = [
    'store',
    'kills',
    'of these with the database',
    'acknowledged',
    'lost',
    'twice',
    'stored unanswered',
    'votes/s',
    'slowest start',
  ];
  const rows = results.map((one) => [
    ...[one.where, one.kills, one.databaseKills, one.acknowledged, one.lost, one.twice, one.unanswered],
    ...[one.votesPerSecond.toFixed(0), `${one.slowestStart.toFixed(1)} s`],
  ]);
  const cells = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells.map((row) => row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('  ')).join('\n');
}
