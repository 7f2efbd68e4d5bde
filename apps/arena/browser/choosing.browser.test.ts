import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import {
  complaintsOf,
  openBrowser,
  type ServedArena,
  screenshot,
  seriousFindings,
  serveArena,
} from './browser.test-support.js';

let browser: Browser;
let arena: ServedArena;
let context: BrowserContext;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  [browser, arena] = await Promise.all([openBrowser(), serveArena()]);
});
afterAll(async () => {
  await browser?.close();
  await arena?.close();
});
beforeEach(async () => {
  context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  page = await context.newPage();
  complaints = complaintsOf(page);
});
afterEach(() => context.close());

/** The comparisons that the store has, oldest first. */
async function stored(): Promise<{ id: string; prompt: string; outcome: { kind: string }; shown: number[] }[]> {
  const answer = await page.request.get(`${arena.address}/api/projects/my-taste/comparisons?limit=200`);
  return ((await answer.json()) as { comparisons: never[] }).comparisons.reverse();
}

async function pair(): Promise<void> {
  await page.waitForFunction(() => {
    const images = [...document.querySelectorAll<HTMLImageElement>('.stage img')];
    return images.length === 2 && images.every(({ complete, naturalWidth }) => complete && naturalWidth > 0);
  });
}

/** Presses a key that answers, and waits until another pair is there. */
async function answer(key: string): Promise<void> {
  await pair();
  const shown = () => [...document.querySelectorAll<HTMLImageElement>('.stage img')].map(({ src }) => src).join();
  const before = await page.evaluate(shown);
  await page.keyboard.press(key);
  await page.waitForFunction(
    (last) => {
      const images = [...document.querySelectorAll<HTMLImageElement>('.stage img')];
      return images.length === 2 && images.map(({ src }) => src).join() !== last;
    },
    before,
    { timeout: 60_000 },
  );
  await pair();
}

it('shows the pair that was on screen once more after a reload', async () => {
  await page.goto(arena.address);
  await pair();
  const shown = await page.locator('h1').innerText();
  await page.reload();
  await pair();
  expect(await page.locator('h1').innerText()).toBe(shown);
});

it('lets a newcomer choose by keys, and take an answer back', async () => {
  await page.goto(arena.address);
  await pair();
  await screenshot(page, 'choose');
  for (const key of ['ArrowLeft', 'ArrowRight', 'ArrowDown', 'b', 's']) await answer(key);
  await expect.poll(async () => (await stored()).length).toBe(5);
  const records = await stored();
  expect(records.map(({ outcome }) => outcome.kind)).toEqual(['winner', 'winner', 'tie', 'bothBad', 'skip']);
  expect(records[0]?.outcome).toEqual({ kind: 'winner', index: records[0]?.shown[0] });
  expect(records[1]?.outcome).toEqual({ kind: 'winner', index: records[1]?.shown[1] });

  await page.keyboard.press('u');
  await expect.poll(async () => (await stored()).length).toBe(4);
  expect(complaints).toEqual([]);
});

it('draws a prompt of one’s own, and says which words it does not know', async () => {
  await page.goto(arena.address);
  await pair();
  const field = page.getByPlaceholder('Draw me');
  await field.fill('qwertyuiop');
  await field.press('Enter');
  await page.getByText('qwertyuiop').first().waitFor();
  await field.fill('rocket');
  await field.press('Enter');
  await field.blur(); // in the field, arrows move the cursor
  for (let i = 0; i < 12 && (await page.locator('h1').innerText()) !== 'rocket'; i++) await answer('ArrowLeft');
  expect(await page.locator('h1').innerText()).toBe('rocket');
});

it('loses no answer when the server is killed, and sends what waits', async () => {
  await page.goto(arena.address);
  await answer('ArrowLeft');
  const before = (await stored()).length;
  await page.route('**/votes', (route) => route.abort());
  await answer('ArrowRight');
  await arena.restart();
  await page.unroute('**/votes');
  await expect.poll(async () => (await stored()).length, { timeout: 60_000 }).toBe(before + 1);
});

it('keeps what could not be sent when the page is closed', async () => {
  await page.goto(arena.address);
  await pair();
  const before = (await stored()).length;
  await page.route('**/votes', (route) => route.abort());
  await page.keyboard.press('ArrowRight');
  await page.waitForTimeout(300);
  await page.unroute('**/votes');
  await page.reload();
  await expect.poll(async () => (await stored()).length, { timeout: 60_000 }).toBe(before + 1);
});

it.each([
  { name: 'light', colorScheme: 'light', width: 1280, height: 800 },
  { name: 'dark', colorScheme: 'dark', width: 1280, height: 800 },
  { name: 'narrow', colorScheme: 'light', width: 390, height: 844 },
] as const)('is accessible, and fits: $name', async ({ name, colorScheme, width, height }) => {
  await page.emulateMedia({ colorScheme });
  await page.setViewportSize({ width, height });
  await page.goto(arena.address);
  await pair();
  expect(await seriousFindings(page)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  await screenshot(page, `choose-${name}`);
});
