import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createCollector, type Problem } from '@bradley/collector';
import { folderStorage } from '@bradley/collector/node';
import { openStore, tables } from '@bradley/preferences';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { arenaFolders } from '../open-arena.js';
import { testKey } from './feedback-server.test-support.js';

const dist = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const serverProgram = dist('../../dist/feedback/feedback-server.test-support.js');
const collectorModule = dist('../../../../../packages/collector/dist/index.js');
const storageModule = dist('../../../../../packages/collector/dist/node.js');

let folder: string;
let arena: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'collector-killed-'));
  arena = join(folder, 'arena');
});
const children: ChildProcess[] = [];
afterAll(async () => {
  for (const child of children) await kill(child);
  await rm(folder, { recursive: true, force: true });
});

/** Starts a program and waits for its first line. */
async function start(...args: string[]): Promise<{ child: ChildProcess; line: string }> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  return { child, line };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

const showing = {
  prompt: 'a cat',
  shown: [{ address: 'https://shop.example/1' }, { address: 'https://shop.example/2' }],
};

it('loses no choice and logs none twice when the product and then the server are killed in the middle of it', async () => {
  const problems: Problem[] = [];
  const onProblem = (problem: Problem) => problems.push(problem);
  const waiting = join(folder, 'waiting');

  // A product that logs while there is no server, and is killed.
  const product = `
    import { createCollector } from ${JSON.stringify(collectorModule)};
    import { folderStorage } from ${JSON.stringify(storageModule)};
    const storage = folderStorage(${JSON.stringify(waiting)});
    const collector = createCollector({ url: 'http://127.0.0.1:9', key: 'k', storage, onProblem() {} });
    for (let i = 0; i < 100; i++) collector.chosen({ ...${JSON.stringify(showing)}, id: 'before-' + i, index: 0 });
    console.log(String(await collector.flush()));
    setInterval(() => {}, 1000);`;
  const first = await start('--input-type=module', '--eval', product);
  expect(first.line).toBe('100');
  await kill(first.child);
  expect((await readdir(waiting)).length).toBe(100);

  let { child, line: url } = await start(serverProgram, arena, '0', 'new');
  const { port } = new URL(url);
  const kept = folderStorage(waiting);
  let answered = 0;
  let tellMidway = () => {};
  const midway = new Promise<void>((resolve) => {
    tellMidway = resolve;
  });
  const remove = (name: string) => {
    if (++answered === 50) tellMidway();
    return kept.remove(name);
  };
  const storage = { ...kept, remove };
  const options = { url, key: testKey, storage, onProblem, atOnce: 10, every: 1, waits: { first: 20, most: 200 } };
  const { chosen, flush, close } = createCollector(options);
  const ids = Array.from({ length: 100 }, (_, i) => `before-${i}`);
  for (let i = 0; i < 200; i++) ids.push(chosen({ ...showing, index: 1 }));
  await midway;
  await kill(child);
  expect(await flush()).toBeGreaterThan(100);
  ({ child } = await start(serverProgram, arena, port));
  expect(await close()).toBe(0);
  await kill(child);

  const store = await openStore(join(arena, arenaFolders.database));
  const recorded = await store.db.select({ id: tables.comparisons.id }).from(tables.comparisons);
  await store.close();
  expect(recorded.map(({ id }) => id.replace(/^product:/, '')).sort()).toEqual(ids.sort());
  expect(await readdir(waiting)).toEqual([]);
  expect(problems.filter(({ choice }) => choice)).toEqual([]);
});
