import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, type ServedArena, screenshot, seriousFindings, serveArena } from './browser.test-support.js';

let arena: ServedArena;
let browser: Browser;
let page: Page;
/** What the browser complained of, such as a breach of the content security policy. */
const complaints: string[] = [];

beforeAll(async () => {
  arena = await serveArena();
  browser = await openBrowser();
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  page = await context.newPage();
  page.on('pageerror', ({ message }) => complaints.push(message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('net::ERR')) complaints.push(message.text());
  });
});
afterAll(async () => {
  await browser?.close();
  await arena?.close();
});

/** The addresses of the pictures on screen. */
const shown = (): Promise<string[]> =>
  page.locator('.candidate img').evaluateAll((images) => images.map((image) => image.getAttribute('src') ?? ''));

/** Presses a key once there are pictures, and waits until there are others: they may still have to be drawn. */
async function press(key: string): Promise<void> {
  await page.locator('.candidate img').first().waitFor({ timeout: 60_000 });
  const before = await shown();
  await page.keyboard.press(key);
  await expect.poll(async () => changed(before, await shown()), { timeout: 60_000 }).toBe(true);
}

const changed = (before: readonly string[], now: readonly string[]): boolean =>
  now.length === 2 && now.every((address) => !before.includes(address));

describe('choosing with hands and eyes', () => {
  it('begins with two pictures within a minute, by a newcomer who has only opened the page', async () => {
    const began = performance.now();
    await page.goto(arena.address);
    await page.getByRole('button', { name: 'Choose left picture' }).waitFor({ timeout: 60_000 });
    expect(performance.now() - began).toBeLessThan(60_000);
    await screenshot(page, 'choose-first');
    expect(await seriousFindings(page)).toEqual([]);
  });

  it('paints the next pair in less than 100 ms', async () => {
    for (const key of ['ArrowLeft', 'ArrowRight', 'f', 'j', '1', '2', 't', 'ArrowDown']) {
      await press(key);
      await page.waitForTimeout(1500); // as long as a quick person looks
    }
    const swaps = await page.evaluate(() => performance.getEntriesByName('next-pair').map(({ duration }) => duration));
    // Where the pictures had to be drawn first there is no swap.
    expect(swaps.length).toBeGreaterThanOrEqual(3);
    expect(Math.max(...swaps)).toBeLessThan(100);
  });

  it('keeps focus on the side that was chosen with the keyboard', async () => {
    const right = page.getByRole('button', { name: 'Choose right picture' });
    await right.waitFor();
    await page.waitForTimeout(4000); // the next ones are there then
    await right.focus();
    await press('Enter');
    expect(await right.evaluate((button) => button === document.activeElement)).toBe(true);
    await page.evaluate(() => (document.activeElement as HTMLElement).blur());
  });

  it('looks closely and flickers while a key is held, and chooses nothing by that', async () => {
    await page.locator('.candidate img').first().waitFor();
    const before = await shown();
    await page.keyboard.down('z');
    await expect.poll(() => page.locator('.candidate[data-close]').count()).toBe(2);
    await page.keyboard.up('z');
    await page.keyboard.down(' ');
    await page.locator('.flicker').waitFor();
    await page.keyboard.up(' ');
    await expect.poll(() => page.locator('.flicker').count()).toBe(0);
    expect(await shown()).toEqual(before);
  });

  it.each([
    ['light', 'narrow', 320, 640],
    ['dark', 'wide', 3840, 2160],
  ] as const)('fits a screen that is %s and %s (%i × %i)', async (colorScheme, _, width, height) => {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height });
    await page.waitForTimeout(200);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    expect(await seriousFindings(page)).toEqual([]);
    await screenshot(page, `choose-${colorScheme}-${width}`);
  });

  it('gives the browser nothing to complain of', () => {
    expect(complaints).toEqual([]);
  });
});
