import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  complaintsOf,
  openBrowser,
  type ServedArena,
  screenshot,
  seriousFindings,
  serveArena,
} from './browser.test-support.js';

const emoji = fileURLToPath(new URL('../../../models/emoji/', import.meta.url));

let arena: ServedArena;
let browser: Browser;
let page: Page;
let complaints: string[];
beforeAll(async () => {
  [browser, arena] = await Promise.all([openBrowser(), serveArena('--threads', '1')]);
  page = await (
    await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce' })
  ).newPage();
  complaints = complaintsOf(page);
});
afterAll(async () => {
  if (page && (await statusOf('first')()) !== 'stopped') process.kill(await processOf('first'), 'SIGKILL'); // it would outlive us too
  await browser?.close();
  await arena?.close();
});

const settings = (steps: number, lr: string, more = '') => `
model: ${emoji}
data: { path: ${join(emoji, 'comparisons', 'heldout.jsonl')} }
objective: { name: diffusion-dpo }
optimizer: { name: adamw, lr: ${lr} }
train: { steps: ${steps}, batch: 2, threads: 1 }
${more}`;

/** Fills in New run, which the page of all runs has, and starts it. */
async function startRun(name: string, config: string): Promise<void> {
  await page.goto(`${arena.address}/runs`);
  await page.getByText('New run').click();
  await page.getByLabel('Name').fill(name);
  await page.getByLabel(/^Settings/).fill(config);
  await page.getByRole('button', { name: 'Start' }).click();
}

const statusOf = (run: string) => async (): Promise<string> =>
  ((await (await page.request.get(`${arena.address}/api/runs/${run}`)).json()) as { status: string }).status;
const processOf = async (run: string): Promise<number> =>
  (JSON.parse(await readFile(join(arena.folder, 'runs', run, 'state.json'), 'utf8')) as { pid: number }).pid;
const stepOf = async (): Promise<number> =>
  Number(/Step ([\d,]+)/.exec(await page.locator('main').innerText())?.[1]?.replaceAll(',', '') ?? 0);
const button = (name: string) => page.getByRole('button', { name, exact: true });

describe('the studio', () => {
  it('says all that is wrong with a run before it begins', async () => {
    await startRun('wrong', settings(0, '-1'));
    await expect.poll(() => page.locator('.problem-text').innerText()).toMatch(/lr[\s\S]*steps/);
  });

  it('starts a run, follows it live, pauses it and lets it go on', async () => {
    await startRun('first', settings(100_000, '1.0e-4'));
    await page.waitForURL(/\/runs\/first$/);
    await expect.poll(stepOf, { timeout: 120_000 }).toBeGreaterThan(0); // the pictures are encoded first
    const before = await stepOf();
    await expect.poll(stepOf, { timeout: 60_000 }).toBeGreaterThan(before);
    await page.getByRole('img', { name: /^Loss by step; now / }).waitFor();
    await button('Pause').click();
    await button('Continue').waitFor();
    expect(await statusOf('first')()).toBe('paused');
    await button('Continue').click();
    await button('Pause').waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await screenshot(page, 'studio-run');
  });

  it('shows a run that outlived its server, from where it is now', async () => {
    const before = await stepOf();
    await arena.restart();
    await expect.poll(stepOf, { timeout: 60_000 }).toBeGreaterThan(before);
    expect(await statusOf('first')()).toBe('running');
  });

  it('outlives a run that is killed, says so, and resumes and stops it', async () => {
    process.kill(await processOf('first'), 'SIGKILL');
    await button('Resume').waitFor({ timeout: 60_000 });
    expect(await statusOf('first')()).toBe('interrupted');
    await button('Resume').click();
    await button('Stop').click({ timeout: 60_000 });
    await expect.poll(statusOf('first'), { timeout: 60_000 }).toBe('stopped');
    await button('Resume').waitFor();
  });

  it('shows the validation pictures of a finished run, and hands out its LoRA', async () => {
    await startRun('second', settings(4, '2.0e-4', 'validate: { every: 4, pairs: 2 }'));
    await page.waitForURL(/\/runs\/second$/);
    const link = page.getByRole('link', { name: 'LoRA for diffusers' });
    await link.waitFor({ timeout: 120_000 });
    const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
    const file = await readFile(await download.path());
    const header = JSON.parse(file.subarray(8, 8 + Number(file.readBigUInt64LE(0))).toString());
    expect(Object.keys(header).some((name) => name.endsWith('lora_A.weight'))).toBe(true);
    const pictures = page.frameLocator('iframe[title="Validation pictures"]').locator('img');
    await pictures.first().waitFor();
    await expect
      .poll(() => pictures.first().evaluate((one) => (one as HTMLImageElement).naturalWidth))
      .toBeGreaterThan(0);
    expect(await seriousFindings(page)).toEqual([]);
  });

  it('lists runs and compares them: curves over each other, and the settings that differ', async () => {
    await page.goto(`${arena.address}/runs`);
    await page.getByLabel('Compare first').check();
    await page.getByLabel('Compare second').check();
    await page.getByRole('img', { name: /^loss by step: first ends at .*; second ends at / }).waitFor();
    await expect.poll(() => page.locator('main').innerText()).toMatch(/optimizer\.lr\s+0\.0001\s+0\.0002/);
    expect(await seriousFindings(page)).toEqual([]);
    await screenshot(page, 'studio-compare');
  });

  it('gives the browser nothing to complain of', () => expect(complaints).toEqual([]));
});
