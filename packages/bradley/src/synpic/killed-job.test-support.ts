import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { identifyProcess } from '@bradley/formats';
import { folderMedia, openStore, type Store, tables } from '@bradley/preferences';
import { expect } from 'vitest';
import { synpicRecords } from './export-synpic.js';
import { httpJobs } from './http-jobs.js';
import type { Jobs, SynpicStatus } from './jobs.js';
import { makePlan } from './make-plan.js';
import { openJob } from './open-job.js';
import { loadPlan, pinPlan } from './plan.js';
import { readOwner } from './start-synpic.js';
import { storeJobs } from './store-jobs.js';
import { work } from './work.js';
import { openWorkbench } from './workbench.js';

/** The command line as it is built. */
const bradley = fileURLToPath(new URL('../../bin/bradley.js', import.meta.url));

/** A program that gives a picture of 8×8 for prompt and seed, and notes that it did. There is one for which it waits while a file is there. */
const painter = `
import { appendFileSync, existsSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { crc32, deflateSync } from 'node:zlib';
let text = '';
for await (const part of process.stdin) text += part;
const { prompt, seed } = JSON.parse(text);
const noise = (x, y) => createHash('sha256').update([process.argv[2], prompt, seed, x, y].join()).digest()[0];
const rows = Array.from({ length: 8 }, (_, y) => [0, ...Array.from({ length: 24 }, (_, x) => noise(x >> 2, y))]);
const chunk = (type, data) => {
  const body = Buffer.concat([Buffer.from(type), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
};
const header = Buffer.from([0, 0, 0, 8, 0, 0, 0, 8, 8, 2, 0, 0, 0]);
const held = () => process.argv[2] === 'two' && prompt === 'prompt 9' && existsSync('hold');
do await new Promise((resolve) => setTimeout(resolve, 40)); while (held());
appendFileSync('painted.log', [process.argv[2], prompt].join() + '\\n');
process.stdout.write(Buffer.concat([
  Buffer.from('89504e470d0a1a0a', 'hex'), chunk('IHDR', header), chunk('IDAT', deflateSync(Buffer.from(rows.flat()))), chunk('IEND', Buffer.alloc(0)),
]));`;

const [prompts, generators, scorers] = [10, 2, 2];
const pictures = prompts * generators;
const pieces = pictures * (1 + scorers);

const job = `
name: killed
prompts: [${Array.from({ length: prompts }, (_, i) => `prompt ${i}`).join(', ')}]
generators:
  one: { command: [node, paint.mjs, one] }
  two: { command: [node, paint.mjs, two] }
scorers: [colourfulness, symmetry]
lease: 4
attempts: 9
`;

const doneIn = (status: SynpicStatus): number => status.sources.reduce((sum, { done }) => sum + done, 0);

/** Of the process that owns the store in a folder, until the condition holds. */
async function until(folder: string, condition: (status: SynpicStatus) => boolean): Promise<void> {
  const ask = (jobs: Jobs): Promise<SynpicStatus | null> => jobs.status().catch(() => null);
  for (;;) {
    const owner = await readOwner(folder);
    const status = owner && (await httpJobs(owner.url, owner.token, { patience: 0 }).then(ask, () => null));
    if (status && condition(status)) return;
    await delay(20);
  }
}

/** Plans a job and does what is left of it in this process. Returns its results by their job, and its records as lines. */
async function doTheRest(file: string, folder: string, database: string) {
  const { plan } = await loadPlan(file);
  const store = await openStore(database);
  const media = folderMedia(join(folder, 'media'));
  await makePlan(store, media, await pinPlan(plan));
  const jobs = await storeJobs(store, media, plan.name);
  const bench = openWorkbench();
  await work(jobs, bench, { worker: 'the rest' });
  await bench.release();
  await jobs.close();
  const lines: string[] = [];
  for await (const record of synpicRecords(store, await openJob(store))) lines.push(JSON.stringify(record));
  const results = await resultsIn(store);
  await store.close();
  return { lines, results };
}

async function resultsIn(store: Store) {
  return new Map((await store.db.select().from(tables.synpicResults)).map((row) => [row.job, row]));
}

async function workersOf(owner: ChildProcess): Promise<number[]> {
  return (await readFile(`/proc/${owner.pid}/task/${owner.pid}/children`, 'utf8')).trim().split(' ').map(Number);
}

/**
 * Does a job twice, once in peace, once with workers and the process that owns the store killed. Both must come to the same bytes, and
 * nothing that was recorded may be done again.
 *
 * @param newServer the address of an empty database; null for one in the job's folder
 */
export async function expectNothingLost(newServer: () => Promise<string | null>): Promise<void> {
  const base = await mkdtemp(join(tmpdir(), 'synpic-'));
  const here = process.cwd();
  const running: ChildProcess[] = [];
  const painted = async () => (await readFile(join(base, 'painted.log'), 'utf8')).trim().split('\n');
  try {
    const file = join(base, 'synpic.yaml');
    await writeFile(join(base, 'paint.mjs'), painter);
    await writeFile(file, job);
    process.chdir(base); // as the command does: paths of a job are from its folder
    const quiet = await doTheRest(file, join(base, 'quiet'), (await newServer()) ?? join(base, 'quiet', 'database'));
    expect(await painted()).toHaveLength(pictures);
    expect(quiet.results.size).toBe(pieces);
    await rm(join(base, 'painted.log'));

    const folder = join(base, 'violent');
    await writeFile(join(base, 'hold'), ''); // so that it cannot be done before all are killed
    const server = await newServer();
    const run = (...words: string[]): ChildProcess => {
      const child = spawn(process.execPath, [bradley, 'synpic', ...words, '--folder', folder], { stdio: 'ignore' });
      running.push(child);
      return child;
    };
    const at = server === null ? [] : ['--store', server];
    const owner = run('start', file, '--workers', '2', ...at);
    await until(folder, (status) => doneIn(status) >= 2);
    const helper = run('work', ...at);
    const [victim] = await workersOf(owner);
    process.kill(victim as number, 'SIGKILL');
    await until(folder, (status) => doneIn(status) >= pictures);
    const workers = await workersOf(owner);
    const ended = [owner, helper].map((child) => once(child, 'exit'));
    owner.kill('SIGKILL');
    helper.kill('SIGKILL');
    await Promise.all(ended);
    for (const pid of workers) while ((await identifyProcess(pid)) !== null) await delay(20);
    await rm(join(base, 'hold'));
    const store = await openStore(server ?? join(folder, 'database'));
    const before = await resultsIn(store);
    await store.close();
    expect(before.size).toBeGreaterThanOrEqual(pictures);
    expect(before.size).toBeLessThan(pieces);

    const { lines, results } = await doTheRest(file, folder, server ?? join(folder, 'database'));
    expect(results.size).toBe(pieces);
    for (const [id, row] of before) expect(results.get(id)).toEqual(row);
    expect(lines).toEqual(quiet.lines);
    expect(new Set(await painted()).size).toBe(pictures);
    // Besides what the four that were killed had in their hands, nothing was painted again.
    expect((await painted()).length).toBeLessThanOrEqual(pictures + 4);
    const times = (await painted()).length;
    expect((await doTheRest(file, folder, server ?? join(folder, 'database'))).lines).toEqual(lines);
    expect(await painted()).toHaveLength(times);
  } finally {
    process.chdir(here);
    for (const child of running) child.kill('SIGKILL');
    await rm(base, { recursive: true });
  }
}
