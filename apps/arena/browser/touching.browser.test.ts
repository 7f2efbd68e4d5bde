import type { Browser, CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { complaintsOf, openBrowser, type ServedArena, serveArena, toldOf } from './browser.test-support.js';

let arena: ServedArena;
let browser: Browser;
let page: Page;
let finger: CDPSession;
let complaints: string[];
beforeAll(async () => {
  [browser, arena] = await Promise.all([openBrowser(), serveArena('--threads', '1')]);
  const telephone = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  page = await telephone.newPage();
  complaints = complaintsOf(page);
  finger = await telephone.newCDPSession(page);
  await page.goto(arena.address);
  await page.getByRole('button', { name: 'Understood' }).tap();
});
afterAll(async () => {
  await browser?.close();
  await arena?.close();
});

/** The two pictures, once they are there and others than before. */
async function pair(before = ''): Promise<string> {
  let now = '';
  const addresses = () =>
    page
      .locator('.stage img')
      .evaluateAll((all) => all.map((one) => (one as HTMLImageElement).complete && (one as HTMLImageElement).src));
  await expect
    .poll(
      async () => {
        const all = await addresses();
        now = all.join();
        return all.length === 2 && all.every(Boolean) && now !== before;
      },
      { timeout: 60_000 },
    )
    .toBe(true);
  return now;
}

/** Where a point of the first or second picture is, in shares of its sides. */
async function at(picture: 0 | 1, x: number, y: number): Promise<{ x: number; y: number }> {
  const box = await page.locator('.candidate').nth(picture).boundingBox();
  if (!box) throw new Error(`picture ${picture + 1} is not on screen`);
  return { x: box.x + x * box.width, y: box.y + y * box.height };
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** A finger that goes down at one point, over ten others, and up at the last, as the system tells the browser of it. */
async function swipe(from: Point, to: Point): Promise<void> {
  const points = Array.from({ length: 11 }, (_, i) => ({
    x: from.x + ((to.x - from.x) * i) / 10,
    y: from.y + ((to.y - from.y) * i) / 10,
  }));
  for (const [i, point] of points.entries())
    await finger.send('Input.dispatchTouchEvent', { type: i === 0 ? 'touchStart' : 'touchMove', touchPoints: [point] });
  await finger.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
}

/** What was recorded, once there is that much: the place on screen of each winner. */
async function chosen(count: number): Promise<(number | undefined)[]> {
  await page.waitForTimeout(500); // what came too often would come now
  await expect.poll(async () => (await toldOf(page, 'my-taste')).length, { timeout: 10_000 }).toBe(count);
  return (await toldOf(page, 'my-taste')).map(({ outcome, shown }) => shown.indexOf(outcome.index ?? -1));
}

describe('a finger', () => {
  it('chooses the picture that it taps', async () => {
    const first = await pair();
    await page.locator('.candidate').nth(1).tap();
    await pair(first);
    expect(await chosen(1)).toEqual([1]);
  });

  it('chooses what stands first by a swipe to the left and what stands second by one to the right, once each', async () => {
    const second = await pair();
    await swipe(await at(1, 0.9, 0.5), await at(1, 0.1, 0.52));
    const third = await pair(second);
    await swipe(await at(0, 0.1, 0.5), await at(0, 0.9, 0.45));
    await pair(third);
    expect(await chosen(3)).toEqual([1, 0, 1]);
  });

  it('chooses nothing by scrolling, nor by a little way', async () => {
    const now = await pair();
    await swipe(await at(1, 0.5, 0.8), await at(0, 0.55, 0.5));
    await swipe(await at(0, 0.5, 0.5), await at(0, 0.6, 0.5));
    expect(await pair()).toBe(now);
    expect(await chosen(3)).toEqual([1, 0, 1]);
  });

  it('that rests on a picture looks closely at both, and chooses nothing', async () => {
    const now = await pair();
    await page.evaluate(() => scrollTo(0, 0));
    await finger.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [await at(0, 0.5, 0.5)] });
    await expect.poll(() => page.locator('.candidate[data-close]').count()).toBe(2);
    await finger.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
    await expect.poll(() => page.locator('.candidate[data-close]').count()).toBe(0);
    expect(await pair()).toBe(now);
    expect(await chosen(3)).toEqual([1, 0, 1]);
  });

  it('undoes by a button', async () => {
    await page.getByRole('button', { name: 'Undo' }).tap();
    expect(await chosen(2)).toEqual([1, 0]);
  });
});

it('tells who does not see the page which pair it is, of what prompt, and what is asked', async () => {
  await pair();
  const prompt = await page.locator('h1').innerText();
  await expect
    .poll(() => page.getByRole('status').first().textContent())
    .toMatch(/^Pair \d+\. Prompt: .+\. Which do you like better\?$/);
  expect(await page.getByRole('status').first().textContent()).toContain(`Prompt: ${prompt}.`);
  const names = await page
    .locator('.stage')
    .getByRole('button')
    .evaluateAll((all) => all.map((one) => one.ariaLabel));
  expect(names).toEqual(['Choose upper picture', 'Choose lower picture']);
});

it('gives the browser nothing to complain of', () => expect(complaints).toEqual([]));
