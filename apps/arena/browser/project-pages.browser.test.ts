import { copyFile, cp, mkdir, readFile, writeFile } from 'node:fs/promises';
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

const emoji = fileURLToPath(new URL('../../../models/emoji/comparisons', import.meta.url));
const inProject = (section: string): string => `${arena.address}/p/designers-of-emoji/${section}`;

let arena: ServedArena;
let browser: Browser;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  arena = await serveArena();
  browser = await openBrowser();
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    reducedMotion: 'reduce', // a button on its way to another colour has too little contrast for some frames
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  page = await context.newPage();
  complaints = complaintsOf(page);
});
afterAll(async () => {
  await browser?.close();
  await arena?.close();
});

/** The comparisons that ship with the emoji model, with two damaged lines, and their pictures. */
async function damagedSet(): Promise<string> {
  const folder = join(arena.folder, 'set');
  await mkdir(folder);
  await cp(join(emoji, 'images'), join(folder, 'images'), { recursive: true });
  const good = await readFile(join(emoji, 'heldout.jsonl'), 'utf8');
  await writeFile(join(folder, 'set.jsonl'), `${good}{"id": "cut\n{"id": "x", "prompt": "x", "candidates": []}\n`);
  return join(folder, 'set.jsonl');
}

describe('the pages of a project in a browser', () => {
  it('make it, and take in comparisons by a path, with a report of what was refused', async () => {
    await page.goto(`${arena.address}/projects`);
    await page.getByLabel('Name').fill('Designers of emoji');
    await page.getByRole('button', { name: 'Make it' }).click();
    await page.getByLabel('Or a path on this computer').fill(await damagedSet());
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await page.getByText('236 rows read: 234 added, 0 there already, 2 refused.').waitFor();
    await page.getByText('What was refused, and why').click();
    await page.getByRole('row', { name: 'a row that cannot be read 1' }).waitFor();
    expect(await seriousFindings(page)).toEqual([]);
  });

  it('take in a file that is chosen, and know what they have', async () => {
    const file = join(arena.folder, 'same.jsonl');
    await copyFile(join(arena.folder, 'set', 'set.jsonl'), file);
    await page.locator('.drop input[type=file]').setInputFiles(file);
    await page
      .getByText(/236 rows read: .* refused/)
      .nth(1)
      .waitFor();
  });

  it('freeze, and say how to train on it', async () => {
    await page.getByRole('button', { name: 'Freeze' }).click();
    await page.getByText('234 comparisons').waitFor();
    await page.getByRole('button', { name: /^Copy the command/ }).click();
    await page
      .getByRole('button', { name: /^Copy the command/ })
      .getByText('Copied')
      .waitFor();
    const command = await page.evaluate<string>('navigator.clipboard.readText()');
    expect(command).toContain(`--data ${join(arena.folder, 'snapshots', 'designers-of-emoji', '1')} --objective`);
  });

  it('hand out the comparisons in the formats of others', async () => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: /Pick-a-Pic Parquet/ }).click(),
    ]);
    const bytes = await readFile(await download.path());
    expect(bytes.subarray(0, 4).toString()).toBe('PAR1');
  });

  it('show a page after the other, and go on by keyboard where the new ones begin', async () => {
    await page.goto(inProject('browse'));
    await page.getByText('234 comparisons, newest first; 50 shown.').waitFor();
    await page.getByRole('button', { name: 'Show older ones' }).press('Enter');
    await page.getByText('100 shown').waitFor();
    await page.locator('article').nth(50).and(page.locator(':focus')).waitFor();
  });

  it('correct and withdraw by keyboard, each with its reason in the audit trail', async () => {
    await page.goto(inProject('browse?prompt=airplane'));
    await page.getByText('3 comparisons that fit the filter').waitFor();
    const first = page.locator('article').first();
    await first.getByRole('button', { name: 'Correct' }).press('Enter');
    await page.getByRole('radio', { name: 'Equally good' }).press('Space');
    await page.getByLabel('Reason').fill('a slip of the finger');
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByLabel('Reason').press('Enter');
    await first.getByText('corrected 1 time').waitFor();
    await first.getByRole('button', { name: 'Withdraw' }).press('Enter');
    await page.getByLabel('Reason').fill('shown by mistake');
    await page.getByLabel('Reason').press('Enter');
    await first.getByRole('button', { name: 'Restore' }).and(page.locator(':focus')).waitFor();
    await page.goto(inProject('audit'));
    await page.getByText('a slip of the finger').waitFor();
    await page.getByText('shown by mistake').waitFor();
  });

  it('keep what is set, and refuse what does not fit with its reason', async () => {
    await page.goto(inProject('settings'));
    await page.getByLabel('Repeated, %').fill('7');
    await page.getByRole('button', { name: 'Add a question' }).click();
    await page.getByRole('textbox', { name: 'Question 2' }).fill('Which is drawn better?');
    await page.getByRole('textbox', { name: 'Its id in the data' }).nth(1).fill('overall');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('alert').getByText('two questions have the same id').waitFor();
    await page.getByRole('textbox', { name: 'Its id in the data' }).nth(1).fill('drawing');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    await page.reload();
    expect(await page.getByLabel('Repeated, %').inputValue()).toBe('7');
    expect(await page.getByRole('textbox', { name: 'Question 2' }).inputValue()).toBe('Which is drawn better?');
  });

  it('show an API key once', async () => {
    await page.goto(inProject('keys'));
    await page.getByLabel('Name').fill('shop');
    await page.getByRole('button', { name: 'Make a key' }).click();
    const key = await page.locator('.copyable code').textContent();
    expect(key).toMatch(/^bradley_/);
    await page.reload();
    await page.getByRole('button', { name: 'Revoke shop' }).click();
    expect(await page.content()).not.toContain(key);
    await page.getByRole('button', { name: 'Revoke', exact: true }).click();
    await page.getByText('revoked').waitFor();
  });

  const shownPages = {
    results: 'Won',
    browse: 'Prompt has',
    data: 'Snapshots',
    settings: 'Save',
    people: 'Other raters',
  };
  it.each([
    [1280, 'light'],
    [1280, 'dark'],
    [390, 'light'],
    [390, 'dark'],
  ] as const)('fit %i pixels in %s, and have no serious finding of axe', async (width, colorScheme) => {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme });
    for (const [section, text] of Object.entries(shownPages)) {
      await page.goto(inProject(section));
      await page.getByText(text, { exact: true }).first().waitFor();
      await page.waitForLoadState('networkidle');
      expect(
        await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth'),
        section,
      ).toBeLessThanOrEqual(0);
      expect(await seriousFindings(page), section).toEqual([]);
      await screenshot(page, `${section}-${width}-${colorScheme}`);
    }
  });

  it('break no content security policy', () => expect(complaints).toEqual([]));
});
