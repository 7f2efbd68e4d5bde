import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';

const command = fileURLToPath(new URL('../../../packages/bradley/dist/main.js', import.meta.url));
const executable = process.env.CHROMIUM ?? '/usr/bin/chromium';

export interface ServedArena {
  /** When its command was started, as `performance.now()` has it. */
  readonly began: number;
  readonly address: string;
  readonly folder: string;
  /** Where the first account is made; empty where there are none. */
  readonly setUp: string;
  /** Kills the server where it stands, and starts it again on the same folder and port. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** The command `bradley arena` as a process of its own, in a folder that is removed at the end. */
export async function serveArena(...options: string[]): Promise<ServedArena> {
  const folder = await mkdtemp(join(tmpdir(), 'arena-'));
  const began = performance.now();
  let { process: server, address, setUp } = await start(folder, ['--port', '0', ...options]);
  return {
    began,
    get address() {
      return address;
    },
    folder,
    setUp,
    async restart() {
      const { port } = new URL(address);
      server.kill('SIGKILL');
      await exit(server);
      ({ process: server, address } = await start(folder, ['--port', port, ...options]));
    },
    async close() {
      server.kill('SIGTERM');
      await exit(server);
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function start(
  folder: string,
  options: readonly string[],
): Promise<{ process: ChildProcess; address: string; setUp: string }> {
  const server = spawn(process.execPath, [command, 'arena', '--folder', folder, '--no-open', ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const printed: string[] = [];
  for await (const line of createInterface({ input: server.stdout as NodeJS.ReadableStream })) {
    printed.push(line);
    if (!line.startsWith('Ctrl-C')) continue; // the last line
    server.stdout?.resume();
    const [address, setUp = ''] = printed.join('\n').match(/https?:\/\/\S+/g) ?? [];
    if (address) return { process: server, address: new URL(address).origin, setUp };
  }
  throw new Error(`bradley arena ended before it said where it listens. It printed:\n${printed.join('\n')}`);
}

const exit = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once('exit', () => resolve());
  });

export async function openBrowser(): Promise<Browser> {
  if (!existsSync(executable)) {
    throw new Error(
      `${executable} is not there. These tests need Chromium: apt-get install chromium, or name one in the variable CHROMIUM.`,
    );
  }
  return chromium.launch({ executablePath: executable, args: ['--no-sandbox'] });
}

/** What axe-core finds of serious or critical impact, as `rule: elements`. */
export async function seriousFindings(page: Page): Promise<string[]> {
  const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  await page.evaluate(axe); // over the debugging protocol, which the page's own policy does not bind
  const violations = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } };
    return (await axe.run()).violations;
  });
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
}

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly target: readonly string[] }[];
}

/** Notes what a page complains of, such as breaches of its content security policy; that a request was refused is shown by the page. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on('pageerror', ({ message }) => complaints.push(message));
  page.on('console', (message) => {
    const text = message.text();
    if (message.type() === 'error' && !text.includes('Failed to load resource')) complaints.push(text);
  });
  return complaints;
}

/** Writes a picture of the page into the folder that the variable SCREENSHOTS names, if there is one. */
export async function screenshot(page: Page, name: string): Promise<void> {
  const folder = process.env.SCREENSHOTS;
  if (!folder) return;
  const path = join(folder, `${name}.png`);
  await mkdir(dirname(path), { recursive: true });
  await page.screenshot({ path });
}

/** Asks the server as the page would that is open: with its origin, its cookies and its token. */
export async function asPage<T>(page: Page, method: string, path: string, body?: unknown): Promise<T> {
  const { status, text } = await page.evaluate(
    async ({ method, path, body }) => {
      const { csrf } = (await (await fetch('/api/me')).json()) as { csrf: string };
      const headers = { 'x-csrf-token': csrf, 'content-type': 'application/json' };
      const answer = await fetch(path, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) });
      return { status: answer.status, text: await answer.text() };
    },
    { method, path, body },
  );
  if (status >= 400) throw new Error(`${method} ${path}: ${status} ${text}`);
  return (text === '' ? null : JSON.parse(text)) as T;
}

/** Writes files below a folder, by their paths. */
export async function writeFiles(
  folder: string,
  files: Readonly<Record<string, Uint8Array | string>>,
): Promise<string> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return folder;
}

/** Adds a folder with a folder for each model to a project, as its owner does, whose page must be open: Data, Things to compare. */
export async function addFolder(page: Page, folder: string, test?: { purpose: RegExp; right: string }): Promise<void> {
  await page.locator('input[webkitdirectory]').setInputFiles(folder);
  if (test) {
    const purposes = page.getByLabel('What they are for');
    const says = await purposes.locator('option').allTextContents();
    await purposes.selectOption(says.find((one) => test.purpose.test(one)) ?? '');
    await page.getByLabel('Right is what is of').selectOption(test.right);
  }
  await page.getByRole('button', { name: /^Add \d/ }).click();
  await page.getByText(/^\d+ tasks? added\.$/).waitFor();
}

/** A comparison as the server tells it. */
export interface Told {
  readonly id: string;
  readonly prompt: string;
  readonly candidates: readonly { readonly media: string; readonly model?: string }[];
  readonly outcome: { readonly kind: string; readonly index?: number; readonly order?: readonly number[] };
  readonly question: string;
  readonly purpose: string;
  readonly shown: readonly number[];
}

/** The comparisons of a project, oldest first. */
export const toldOf = async (page: Page, project: string): Promise<Told[]> =>
  (
    await asPage<{ comparisons: Told[] }>(page, 'GET', `/api/projects/${project}/comparisons?limit=200`)
  ).comparisons.reverse();
