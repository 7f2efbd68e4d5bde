import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  addFolder,
  asPage,
  complaintsOf,
  openBrowser,
  type ServedArena,
  screenshot,
  seriousFindings,
  serveArena,
  toldOf,
  writeFiles,
} from './browser.test-support.js';

let arena: ServedArena;
let browser: Browser;
let page: Page;
let complaints: string[];
const inProject = (section: string): string => `${arena.address}/p/stories/${section}`;
beforeAll(async () => {
  [browser, arena] = await Promise.all([openBrowser(), serveArena()]);
  page = await (
    await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce' })
  ).newPage();
  complaints = complaintsOf(page);
  await page.goto(`${arena.address}/projects`);
  const settings = { modality: 'text', draw: false } as const;
  await asPage(page, 'POST', '/api/projects', { id: 'stories', name: 'Stories', settings });
});
afterAll(async () => {
  await browser?.close();
  await arena?.close();
});

/** A folder of two models' texts; what the first wrote is good. */
const stories = (name: string, count: number) =>
  writeFiles(
    join(arena.folder, 'sent', name),
    Object.fromEntries(
      ['good', 'bad'].flatMap((model) =>
        Array.from({ length: count }, (_, i) => [`${model}/${name}-${i}.txt`, `${model} story ${name} ${i}`]),
      ),
    ),
  );

/** Answers by keys until nothing is left: what is good, but where `wrong` says so. Returns how many it answered. */
async function answerAll(wrong: (prompt: string) => boolean = () => false): Promise<number> {
  let answered = 0;
  for (let last = ''; ; answered++) {
    await expect
      .poll(
        async () => {
          const first = await page
            .locator('.reading')
            .first()
            .textContent({ timeout: 50 })
            .catch(() => null);
          return (first !== null && first !== last) || (await page.getByText('You have seen everything').isVisible());
        },
        { timeout: 10_000, interval: 10 },
      )
      .toBe(true);
    const texts = await page.locator('.reading').allTextContents();
    if (texts.length === 0) return answered;
    last = texts[0] ?? '';
    const good = texts.findIndex((text) => text.startsWith('good'));
    const isWrong = wrong(last.replace(/^\w+ story /, ''));
    await page.keyboard.press((good === 0) === isWrong ? 'ArrowRight' : 'ArrowLeft');
    const swapped = () => document.querySelector('.reading')?.textContent;
    // The same pair may come again with its sides changed, so that is waited for only as long as a swap takes.
    await page.waitForTimeout(30);
    if ((await page.evaluate(swapped)) === last) last = '';
  }
}

describe('raters are tested', () => {
  it('with a folder of known answers, which its owner says are known', async () => {
    await page.goto(inProject('data'));
    await addFolder(page, await stories('plain', 40));
    await addFolder(page, await stories('sure', 6), { purpose: /^known answers/, right: 'good' });
    await screenshot(page, 'tests-data');
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByText('The project has 46 tasks.').waitFor();
  });

  it('with what was compared already, which its owner makes an attention check with its answer', async () => {
    await page.goto(inProject(''));
    await page.locator('.reading').first().waitFor();
    await page.keyboard.press('s'); // skipped, so it can be asked again
    await expect.poll(async () => (await toldOf(page, 'stories')).length).toBe(1);
    await page.goto(inProject('browse'));
    await page.getByRole('button', { name: 'Test raters with it' }).press('Enter');
    expect(await page.getByRole('button', { name: 'Test with it', exact: true }).isDisabled()).toBe(true);
    await page.getByLabel(/^Attention check/).check();
    await page.getByLabel(/: good$/).check();
    expect(await seriousFindings(page)).toEqual([]);
    await screenshot(page, 'tests-dialog');
    await page.getByRole('button', { name: 'Test with it', exact: true }).click();
    await page.getByText('attention check: good was chosen').waitFor();
    await page.getByRole('button', { name: 'No longer test with it' }).click();
    await page.getByRole('button', { name: 'Test raters with it' }).waitFor();
    expect(await page.getByText('attention check: good was chosen').count()).toBe(0);
  });

  it('in the shares of the settings, and the results count what was right and what was the same again', async () => {
    await addAttention();
    await page.goto(inProject('settings'));
    for (const [label, percent] of [
      ['Known answers, %', '25'],
      ['Attention checks, %', '25'],
      ['Repeated, %', '30'],
    ] as const)
      await page.getByLabel(label).fill(percent);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    await page.goto(inProject(''));
    await answerAll((prompt) => prompt === 'sure 0' || prompt === 'sure 1');
    await expect.poll(async () => new Set((await toldOf(page, 'stories')).map(({ purpose }) => purpose)).size).toBe(4);
    const answers = await toldOf(page, 'stories');
    const of = (purpose: string) => answers.filter((one) => one.purpose === purpose);
    const right = (purpose: string) =>
      of(purpose).filter(({ outcome, candidates }) => candidates[outcome.index ?? -1]?.model === 'good').length;
    const wrong = of('gold').filter(({ prompt }) => /^sure [01]$/.test(prompt)).length;
    expect(right('gold')).toBe(of('gold').length - wrong);
    expect(right('attention')).toBe(of('attention').length);
    await page.goto(inProject('results'));
    const row = page.getByRole('table', { name: 'Raters' }).getByRole('row').nth(1);
    await expect.poll(() => row.innerText()).toContain(`(${right('gold')} of ${of('gold').length})`);
    const cells = await row.getByRole('cell').allTextContents();
    expect(cells.at(-1)).toContain(`(${right('attention')} of ${of('attention').length})`);
    expect(cells.at(-3)).toContain(`(${of('repeat').length} of ${of('repeat').length})`);
    await row.scrollIntoViewIfNeeded();
    await screenshot(page, 'tests-results');
  });

  async function addAttention(): Promise<void> {
    await page.goto(inProject('data'));
    await addFolder(page, await stories('look', 4), { purpose: /^attention checks/, right: 'good' });
  }
});

describe('a project', () => {
  it('lists its raters in the filter of Browse', async () => {
    await page.goto(inProject('browse'));
    await expect.poll(async () => (await page.getByLabel('Rater').locator('option').allTextContents()).length).toBe(2);
  });

  it('is archived, read, and restored', async () => {
    await page.goto(inProject('settings'));
    await page.getByRole('button', { name: 'Archive' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Archive' }).click();
    await page.waitForURL('**/projects');
    await page.getByText('1 archived').click();
    expect(await seriousFindings(page)).toEqual([]);
    await screenshot(page, 'archived-projects');
    await page.getByRole('link', { name: 'Stories' }).click();
    await page.getByText('Stories is archived').waitFor();
    await page.getByRole('table', { name: 'Raters' }).waitFor();
    for (const width of [390, 1280]) {
      await page.setViewportSize({ width, height: 900 });
      await screenshot(page, `archived-${width}`);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    }
    await page.goto(inProject(''));
    await page.waitForURL('**/results'); // there is nothing to choose in it
    await page.getByRole('button', { name: 'Restore Stories' }).click();
    await page.getByRole('link', { name: 'Choose', exact: true }).waitFor();
    expect(await page.getByText('is archived').count()).toBe(0);
  });

  it('is deleted for good by who types its name', async () => {
    await page.goto(inProject('settings'));
    await page.getByRole('button', { name: 'Delete for good' }).click();
    const dialog = page.getByRole('dialog');
    const act = dialog.getByRole('button', { name: 'Delete for good' });
    await dialog.getByRole('textbox').fill('stories');
    expect(await act.isDisabled()).toBe(true);
    await dialog.getByRole('textbox').fill('Stories');
    expect(await seriousFindings(page)).toEqual([]);
    await screenshot(page, 'delete-dialog');
    await act.click();
    await page.waitForURL('**/projects');
    await expect.poll(() => page.getByRole('link', { name: 'Stories' }).count()).toBe(0);
    await page.goto(inProject('results'));
    await page.getByText('There is no such project').waitFor();
  });

  it('gives the browser nothing to complain of meanwhile', () => expect(complaints).toEqual([]));
});
