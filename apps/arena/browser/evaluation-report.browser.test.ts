import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Case, type EvaluatedJudge, evaluateContestants, writeEvaluation } from '@bradley/evaluate';
import { encodePng } from '@bradley/formats';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { complaintsOf, openBrowser, screenshot, seriousFindings } from './browser.test-support.js';

const cases: Case[] = Array.from({ length: 24 }, (_, i) => ({
  prompt: `prompt ${i}`,
  category: i % 2 ? 'animals & nature' : 'objects',
  seed: 0,
}));
/** By the first judge the later prompts gain more, by the second the earlier ones. */
const gains = [(i: number) => i - 5, (i: number) => 15.5 - i];
const judges: EvaluatedJudge[] = [
  { name: 'held out', kind: 'scorer', raters: ['scorer:held out'], learntFrom: { raters: [], prompts: [] } },
  { name: 'teacher', kind: 'scorer', raters: ['scorer:teacher'], learntFrom: null },
];
const origin = { raters: ['scorer:teacher'], prompts: [] };
const contestants = ['base', 'early', 'late'].map((name, i) => ({
  name,
  origin: i === 0 ? null : origin,
  ...(i === 0 ? {} : { step: 100 * i }),
}));

let folder: string;
let browser: Browser;
let address: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'report-'));
  browser = await openBrowser();
  const evidence = judges.map((judge, j) => ({
    judge,
    scores: [0, 1, 0.4].map((factor) => Float64Array.from(cases, (_, i) => factor * (gains[j]?.(i) ?? 0))),
  }));
  const distances = { measure: 'pixels', of: contestants.map((_, c) => cases.map((_, i) => 1 - c / 4 + i / 100)) };
  const evaluation = evaluateContestants({ contestants, cases, evidence, distances, chunk: 8 });
  const pictureOf = (hue: number) =>
    encodePng(
      Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i % 3 === hue ? 200 : (i / 7) % 120)),
      64,
      64,
    );
  const images = await Promise.all(contestants.map((_, hue) => pictureOf(hue)));
  const rows = cases.map((of, i) => ({ ...of, images, margins: gains.map((gain) => [gain(i), 0.4 * gain(i)]) }));
  const path = join(folder, 'report.html');
  const pictures = { cases: cases.length, judges: judges.map(({ name }) => name), rows };
  await writeEvaluation(path, { title: 'early, late against base', evaluation, pictures, settings: { steps: 20 } });
  address = pathToFileURL(path).href;
});
afterAll(async () => {
  await browser.close();
  await rm(folder, { recursive: true });
});

const captions = (page: Page): Promise<string[]> =>
  page
    .locator('#pictures li:not([hidden]) figcaption')
    .evaluateAll((all) => all.map(({ firstChild }) => firstChild?.textContent?.trim() ?? ''));

describe('the page of an evaluation', () => {
  it.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 390],
    ['dark', 390],
  ] as const)('has no serious accessibility findings, %s, %i wide, and fits', async (colorScheme, width) => {
    const page = await browser.newPage({ colorScheme, viewport: { width, height: 900 } });
    const complaints = complaintsOf(page);
    await page.goto(address);
    expect(await seriousFindings(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    expect(complaints).toEqual([]);
    await screenshot(page, `evaluation-${colorScheme}-${width}`);
    await page.close();
  });

  it('is sorted and filtered by the keyboard, and says what it did', async () => {
    const page = await browser.newPage();
    await page.goto(address);
    expect((await captions(page)).slice(0, 2)).toEqual(['prompt 23', 'prompt 22']);
    await page.getByRole('combobox', { name: 'Order' }).focus();
    await page.keyboard.press('ArrowDown'); // most lost first
    await expect.poll(() => captions(page).then(([first]) => first)).toBe('prompt 0');
    expect(await page.getByRole('status').textContent()).toBe('24 rows, most lost first, early by held out');
    await page.getByRole('combobox', { name: 'Judge' }).selectOption('teacher');
    expect((await captions(page))[0]).toBe('prompt 23');
    await page.getByRole('combobox', { name: 'Category' }).selectOption('animals & nature');
    const shown = await captions(page);
    expect(shown).toHaveLength(12);
    const first = page.locator('#pictures li:not([hidden])').first();
    expect(await first.locator('.margin').allTextContents()).toEqual(['−7.5, lost', '−3, lost']);
    await page.close();
  });

  it('without scripts has all pictures in the primary judge’s order, and no controls', async () => {
    const page = await browser.newPage({ javaScriptEnabled: false });
    await page.goto(address);
    expect(await page.getByRole('combobox', { name: 'Order' }).isVisible()).toBe(false);
    expect(await page.locator('#pictures li').count()).toBe(24);
    expect(await page.locator('#pictures figcaption').first().textContent()).toContain('prompt 23');
    await page.close();
  });
});
