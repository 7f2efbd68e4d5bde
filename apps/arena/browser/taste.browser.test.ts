import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBrowser, type ServedArena, screenshot, seriousFindings, serveArena } from './browser.test-support.js';

let browser: Browser;
let arena: ServedArena;
let page: Page;

beforeAll(async () => {
  [browser, arena] = await Promise.all([openBrowser(), serveArena()]);
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
});
afterAll(async () => {
  await browser?.close();
  await arena?.close();
});

const ready = () =>
  page.waitForFunction(
    () => {
      const images = [...document.querySelectorAll<HTMLImageElement>('.stage img')];
      return images.length === 2 && images.every(({ complete, naturalWidth }) => complete && naturalWidth > 0);
    },
    undefined,
    { timeout: 120_000 },
  );
const addresses = () =>
  page.evaluate(() => [...document.querySelectorAll<HTMLImageElement>('.stage img')].map(({ src }) => src).join());

/** Chooses the warmer picture, as a person does who likes warm colours: 0 left, 1 right. */
const warmer = () =>
  page.evaluate(() => {
    const warmth = [...document.querySelectorAll<HTMLImageElement>('.stage img')].map((image) => {
      const canvas = document.createElement('canvas');
      canvas.width = image.naturalWidth;
      canvas.height = image.naturalHeight;
      const context = canvas.getContext('2d') as CanvasRenderingContext2D;
      context.drawImage(image, 0, 0);
      const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
      let sum = 0;
      for (let i = 0; i < data.length; i += 4) sum += (data[i] ?? 0) - (data[i + 2] ?? 0);
      return sum;
    });
    return (warmth[0] ?? 0) >= (warmth[1] ?? 0) ? 0 : 1;
  });

async function choose(times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    await ready();
    const before = await addresses();
    await page.keyboard.press((await warmer()) === 0 ? 'ArrowLeft' : 'ArrowRight');
    if (i < times - 1)
      await page.waitForFunction(
        (last) => {
          const now = [...document.querySelectorAll<HTMLImageElement>('.stage img')].map(({ src }) => src).join();
          return now !== '' && now !== last;
        },
        before,
        { timeout: 120_000 },
      );
  }
}

it('learns a taste from choices, and lets it be judged blindly', async () => {
  await page.goto(arena.address);
  await page.getByRole('button', { name: 'Understood' }).click();
  await choose(11);
  await page.waitForTimeout(2000);
  await ready();
  await screenshot(page, 'arena-choose');
  await choose(1);
  await page.getByRole('link', { name: 'Taste', exact: true }).click();
  await page.getByText('12', { exact: true }).waitFor();
  await screenshot(page, 'taste-few');
  await page.getByRole('button', { name: 'Train on my taste' }).click();
  await page.getByText('Bradley is learning your taste').waitFor();
  await page.locator('svg').first().waitFor({ timeout: 120_000 });
  await page.waitForTimeout(3000);
  expect(await seriousFindings(page)).toEqual([]);
  await screenshot(page, 'taste-training');

  await page.getByRole('button', { name: 'See for yourself' }).click({ timeout: 400_000 });
  await page.getByText('Blind:').waitFor();
  const verdict = new URL(page.url()).pathname.split('/').at(-1);
  const answer = async () =>
    (await (await page.request.get(`${arena.address}/api/projects/${verdict}/verdict`)).json()) as {
      done: number;
      total: number;
      result: { after: { count: number; total: number }; says: string } | null;
    };
  const { total } = await answer();
  await choose(total - 1);
  await expect.poll(async () => (await answer()).done).toBe(total - 1);
  expect((await answer()).result).toBeNull();
  await choose(1);
  await expect.poll(async () => (await answer()).result?.says).toBeTruthy();
  await page.goto(`${arena.address}/p/${verdict}/verdict`);
  const { result } = await answer();
  await expect
    .poll(() => page.locator('main').innerText())
    .toContain(`${result?.after.count} of ${result?.after.total}`);
  expect(await seriousFindings(page)).toEqual([]);
  await page.setViewportSize({ width: 1280, height: 1160 });
  await screenshot(page, 'arena-verdict');
  await page.goto(`${arena.address}/runs`);
  await page
    .getByRole('link', { name: /taste-1/ })
    .first()
    .click();
  await page.locator('svg').first().waitFor();
  await page.getByRole('heading', { level: 1 }).waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  await screenshot(page, 'run');
  await page.goto(`${arena.address}/runs`);
  await page
    .getByRole('link', { name: /taste-1/ })
    .first()
    .waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  await screenshot(page, 'runs');
  console.log(`after the training: ${result?.after.count} of ${result?.after.total}. ${result?.says}`);
}, 900_000);
