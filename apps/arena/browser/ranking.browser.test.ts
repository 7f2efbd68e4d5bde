import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
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
  type Told,
  toldOf,
  writeFiles,
} from './browser.test-support.js';

let arena: ServedArena;
let browser: Browser;
let desk: Page;
let phone: Page;
let telephone: BrowserContext;
const complaints: string[][] = [];
beforeAll(async () => {
  [browser, arena] = await Promise.all([openBrowser(), serveArena()]);
  desk = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
  telephone = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  phone = await telephone.newPage();
  complaints.push(complaintsOf(desk), complaintsOf(phone));
  await desk.goto(`${arena.address}/projects`);
  const questions = [
    { id: 'overall', text: 'Which do you like better?' },
    { id: 'colour', text: 'Which has the better colours?' },
  ];
  const settings = { candidates: 4, questions, draw: false };
  await asPage(desk, 'POST', '/api/projects', { id: 'four', name: 'Four', settings });
  await desk.goto(`${arena.address}/p/four/data`);
  await addFolder(desk, await writeFiles(join(arena.folder, 'sent'), await pictures()));
});
afterAll(async () => {
  await browser?.close();
  await arena?.close();
});

/** Of each of four models five pictures: its number on a colour of its own. */
async function pictures(): Promise<Record<string, Uint8Array>> {
  const made = await desk.evaluate(() =>
    [1, 2, 3, 4].flatMap((model) =>
      ['ape', 'bee', 'cow', 'dog', 'elk'].map((prompt) => {
        const canvas = Object.assign(document.createElement('canvas'), { width: 128, height: 128 });
        const context = canvas.getContext('2d') as CanvasRenderingContext2D;
        context.fillStyle = `hsl(${model * 80} 60% 45%)`;
        context.fillRect(0, 0, 128, 128);
        context.fillStyle = 'white';
        context.font = '28px sans-serif';
        context.fillText(`${prompt} ${model}`, 20, 75);
        return [`model-${model}/${prompt}.png`, canvas.toDataURL().split(',')[1] ?? ''] as const;
      }),
    ),
  );
  return Object.fromEntries(made.map(([path, base64]) => [path, new Uint8Array(Buffer.from(base64, 'base64'))]));
}

/** The sha256 of the pictures in their places on screen, once they are others than before. */
async function shown(page: Page, before: readonly string[] = []): Promise<string[]> {
  let now: string[] = [];
  await expect
    .poll(
      async () => {
        const addresses = await page
          .locator('.stage img')
          .evaluateAll((all) => all.map((one) => (one as HTMLImageElement).src));
        now = addresses.map((address) => /[0-9a-f]{64}/.exec(address)?.[0] ?? '');
        return now.length === 4 && now.every((one) => !before.includes(one));
      },
      { timeout: 10_000 },
    )
    .toBe(true);
  return now;
}

/** What the last presentation was recorded as: for each question the sha256 of its pictures, best first, or the kind of outcome. */
async function recorded(count: number): Promise<Record<string, string[] | string>> {
  await expect.poll(async () => (await toldOf(desk, 'four')).length, { timeout: 10_000 }).toBe(count);
  const last = (await toldOf(desk, 'four')).slice(-2);
  return Object.fromEntries(
    last.map(({ question, outcome, candidates }: Told) => [
      question,
      outcome.order?.map((index) => candidates[index]?.media ?? '') ?? outcome.kind,
    ]),
  );
}
const inOrder = (pictures: readonly string[], ...positions: number[]) => positions.map((one) => pictures[one - 1]);
/** The order that the strip shows, in places on screen from 1. */
const strip = (page: Page): Promise<number[]> =>
  page
    .locator('.ranking-strip button')
    .evaluateAll((all) => all.map((one) => Number(/picture (\d)/.exec(one.getAttribute('aria-label') ?? '')?.[1])));
const clicked = async (page: Page, ...positions: number[]) => {
  for (const one of positions) await page.getByRole('button', { name: `Rank picture ${one}` }).click();
};
const middle = async (page: Page, place: number) => {
  const box = await page.locator('.ranking-strip li').nth(place).boundingBox();
  if (!box) throw new Error(`nothing is at place ${place + 1}`);
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
};

describe('four pictures and two questions', () => {
  it('are ranked by keys, question by question, and recorded as they were ranked', async () => {
    await desk.goto(`${arena.address}/p/four`);
    const pictures = await shown(desk);
    await desk.getByText('1 of 2').waitFor();
    for (const key of ['3', '1', '4', '2', 'Enter']) await desk.keyboard.press(key);
    await desk.getByText('2 of 2').waitFor();
    for (const key of ['2', '4', '4', '3', '1', 'Enter']) await desk.keyboard.press(key); // the second 4 takes it back
    await shown(desk, pictures);
    expect(await recorded(2)).toEqual({
      overall: inOrder(pictures, 3, 1, 4, 2),
      colour: inOrder(pictures, 2, 3, 1, 4),
    });
  });

  it('are ranked by clicks, moved by arrow keys, and each question may have its own kind of answer', async () => {
    const pictures = await shown(desk);
    await clicked(desk, 1, 2, 3, 4);
    await desk.getByRole('button', { name: /^Place 3: picture 3/ }).focus();
    await desk.keyboard.press('ArrowLeft');
    await desk.keyboard.press('ArrowLeft');
    expect(await strip(desk)).toEqual([3, 1, 2, 4]);
    await screenshot(desk, 'ranking-1280');
    expect(await seriousFindings(desk)).toEqual([]);
    await desk.getByRole('button', { name: 'Done' }).click();
    await desk.getByText('2 of 2').waitFor();
    await desk.getByRole('button', { name: 'All alike' }).click();
    await shown(desk, pictures);
    expect(await recorded(4)).toEqual({ overall: inOrder(pictures, 3, 1, 2, 4), colour: 'tie' });
  });

  it('are dragged with the mouse', async () => {
    const pictures = await shown(desk);
    await clicked(desk, 1, 2, 3, 4);
    const [from, to] = [await middle(desk, 3), await middle(desk, 0)];
    await desk.mouse.move(from.x, from.y);
    await desk.mouse.down();
    await desk.mouse.move(to.x, to.y, { steps: 12 });
    expect(await strip(desk)).toEqual([4, 1, 2, 3]);
    const right = await middle(desk, 2);
    await desk.mouse.move(right.x, right.y, { steps: 12 });
    await desk.mouse.up();
    await desk.mouse.move(to.x, to.y, { steps: 3 }); // released, it moves nothing
    expect(await strip(desk)).toEqual([1, 2, 4, 3]);
    await desk.keyboard.press('Enter');
    await desk.getByText('2 of 2').waitFor();
    await desk.keyboard.press('u'); // back to the first question
    await desk.getByText('1 of 2').waitFor();
    await clicked(desk, 4, 3, 2, 1);
    await desk.keyboard.press('Enter');
    await clicked(desk, 1, 2, 4);
    await desk.keyboard.press('Enter'); // the last place is nobody else's
    await shown(desk, pictures);
    expect(await recorded(6)).toEqual({
      overall: inOrder(pictures, 4, 3, 2, 1),
      colour: inOrder(pictures, 1, 2, 4, 3),
    });
  });

  it('are tapped and dragged with a finger, which scrolls nothing meanwhile', async () => {
    await desk.goto('about:blank');
    await phone.goto(`${arena.address}/p/four`);
    const pictures = await shown(phone);
    for (const one of [2, 1, 3, 4]) await phone.getByRole('button', { name: `Rank picture ${one}` }).tap();
    await phone.locator('.ranking-strip').scrollIntoViewIfNeeded();
    await screenshot(phone, 'ranking-390');
    expect(await phone.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    const scrolled = await phone.evaluate(() => scrollY);
    await drag(await middle(phone, 0), await middle(phone, 3));
    expect(await strip(phone)).toEqual([1, 3, 4, 2]);
    expect(await phone.evaluate(() => scrollY)).toBe(scrolled);
    await phone.getByRole('button', { name: 'Done' }).tap();
    await phone.getByText('2 of 2').waitFor();
    await phone.getByRole('button', { name: 'All bad' }).tap();
    await shown(phone, pictures);
    await desk.goto(`${arena.address}/projects`);
    expect(await recorded(8)).toEqual({ overall: inOrder(pictures, 1, 3, 4, 2), colour: 'bothBad' });
  });

  it('give the browser nothing to complain of', () => expect(complaints.flat()).toEqual([]));
});

interface Point {
  readonly x: number;
  readonly y: number;
}

/** A finger from one place to another, as the browser has it from a screen. */
async function drag(from: Point, to: Point): Promise<void> {
  const session = await telephone.newCDPSession(phone);
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', points: Point[]) =>
    session.send('Input.dispatchTouchEvent', { type, touchPoints: points });
  await touch('touchStart', [from]);
  for (let i = 1; i <= 12; i++)
    await touch('touchMove', [{ x: from.x + ((to.x - from.x) * i) / 12, y: from.y + ((to.y - from.y) * i) / 12 }]);
  await phone.waitForTimeout(150); // a finger that is lifted while it moves flings the page, which the next tap only stops
  await touch('touchEnd', []);
  await session.detach();
}
