import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { MediaStore, Store } from '@bradley/preferences';
import { allocatorEnvironment } from '@bradley/train';
import { z } from 'zod';
import type { SynpicStatus } from './jobs.js';
import { makePlan } from './make-plan.js';
import { type Plan, pinPlan } from './plan.js';
import { jobsApp, serveJobs } from './serve-jobs.js';
import { storeJobs } from './store-jobs.js';

export interface StartSynpicOptions {
  /** The working directory of the workers: what relative paths of the plan are from, here too. */
  readonly base: string;
  /** Where `owner.json` tells other processes of this computer how to ask. */
  readonly folder: string;
  readonly host: string;
  /** 0 is any that is free. */
  readonly port: number;
  /** Processes that are started here. */
  readonly workers: number;
  /** Of each of them; none shares the processors out. */
  readonly threads?: number | undefined;
  /** None makes one. */
  readonly token?: string | undefined;
  /** Told of workers that ended before their time, and of work that failed. */
  readonly onNote?: (text: string) => void;
}

export interface RunningSynpic {
  readonly url: string;
  status(): Promise<SynpicStatus>;
  /** Until there is no more work, or none that the workers here can do. */
  finished(onStatus?: (status: SynpicStatus) => void): Promise<SynpicStatus>;
  /** Ends workers and server. What was being worked on is done anew at the next start. */
  close(): Promise<void>;
}

/** For this user's eyes, and whole at once. */
async function writeSecret(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}`;
  await rm(draft, { force: true });
  await writeFile(draft, text, { mode: 0o600, flag: 'wx' });
  await rename(draft, path);
}

const ownerFile = 'owner.json';
const ownerSchema = z.object({ pid: z.int(), url: z.url(), token: z.string() });

/** How to ask the process that has a folder's store open, if one said so. */
export async function readOwner(folder: string): Promise<z.infer<typeof ownerSchema> | null> {
  const path = join(folder, ownerFile);
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    return ownerSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new Error(`${path} does not say who serves the job: remove it, and start the job again.`, { cause });
  }
}

/** Built JavaScript, from the sources too. */
const workerModule = fileURLToPath(new URL('../../dist/synpic/worker-process.js', import.meta.url));

/**
 * Plans what is not done, serves it to workers, and starts some. The store stays the caller's, who closes it last.
 * @throws Error where a file that the plan names is not there
 */
export async function startSynpic(
  store: Store,
  media: MediaStore,
  asked: Plan,
  options: StartSynpicOptions,
): Promise<RunningSynpic> {
  const { base, folder, host, port, token = randomBytes(32).toString('base64url'), onNote = () => {} } = options;
  const plan = await pinPlan(asked);
  await makePlan(store, media, plan);
  const jobs = await storeJobs(store, media, plan.name);
  const served = await serveJobs(jobsApp(jobs, token), { host, port });
  const owner = join(folder, ownerFile);
  const local = served.url.replace(/\/\/(0\.0\.0\.0|\[::\])/, '//127.0.0.1');
  await writeSecret(owner, `${JSON.stringify({ pid: process.pid, url: local, token })}\n`);

  const children = new Set<ChildProcess>();
  let closed = false;
  /** Workers that have ended since anything was last done. */
  let deaths = 0;
  let doneBefore = -1;
  const threads = options.threads ?? Math.max(1, Math.floor(availableParallelism() / Math.max(1, options.workers)));
  const startWorker = (): void => {
    const child = fork(workerModule, [local, String(threads)], {
      cwd: base,
      env: { ...process.env, ...allocatorEnvironment(process.env), BRADLEY_SYNPIC_TOKEN: token },
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    children.add(child);
    let said = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-2000);
    });
    child.on('message', (message) => onNote(String(message)));
    child.on('error', () => {}); // 'close' follows
    child.once('close', (code, signal) => {
      children.delete(child);
      if (closed || code === 0) return;
      deaths++;
      onNote(`A worker ended with ${signal ?? `code ${code}`}${said.trim() ? `: ${said.trim()}` : '.'}`);
      if (deaths < 3) startWorker();
    });
  };
  for (let i = 0; i < options.workers; i++) startWorker();

  return {
    url: served.url,
    status: () => jobs.status(),
    async finished(onStatus = () => {}) {
      for (;;) {
        const start = performance.now();
        const status = await jobs.status();
        onStatus(status);
        const count = (key: 'done' | 'waiting' | 'active') => status.sources.reduce((sum, one) => sum + one[key], 0);
        if (count('waiting') + count('active') === 0) return status;
        if (count('done') > doneBefore) deaths = 0;
        doneBefore = count('done');
        if (options.workers > 0 && children.size === 0)
          throw new Error(
            'no worker is left: three ended one after the other. What they said is above; mend that and start again.',
          );
        await delay(Math.max(250, 20 * (performance.now() - start))); // counting millions takes its time
      }
    },
    async close() {
      closed = true;
      await rm(owner, { force: true });
      await Promise.all(
        [...children].map((child) => {
          const ended = new Promise((resolve) => child.once('close', resolve));
          child.kill('SIGTERM'); // it has nothing of its own to write, but may have a program to end
          const late = setTimeout(() => child.kill('SIGKILL'), 5000);
          return ended.finally(() => clearTimeout(late));
        }),
      );
      await served.close();
      await jobs.close();
    },
  };
}
