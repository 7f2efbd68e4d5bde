import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { parseHTML } from 'linkedom';
import { afterEach, describe, expect, it } from 'vitest';
import { movingAverage, thinned } from './charts.js';
import type { Report } from './report.js';
import { renderReport, writeReport } from './write-report.js';

/** A 1×1 PNG. */
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

const report: Report = {
  title: 'Taste for line drawings',
  summary: {
    sentences: ['Aligned on 200 comparisons of <one> persona & judged by it.'],
    figures: [
      { label: 'Win rate', value: { count: 142, total: 200 }, note: 'ties count ½' },
      { label: 'Time', value: '11 min' },
    ],
  },
  grids: [
    {
      title: 'Before and after',
      prompts: ['a red "fox"', 'a house'],
      columns: [
        { name: 'base', images: [png, png] },
        { name: 'aligned', images: [png, png] },
      ],
    },
  ],
  figures: [
    {
      name: 'Held-out preference',
      before: { count: 90, total: 200 },
      baseline: { count: 110, total: 200 },
      baselineName: 'Always the favourite',
      after: { count: 142, total: 200 },
      reference: { value: 0.5, label: 'chance' },
      note: 'Judged by the persona on prompts it was never asked.',
    },
  ],
  curves: [
    {
      title: 'Loss',
      points: Array.from({ length: 1000 }, (_, step) => ({ step, value: Math.LN2 - step / 4000 })),
      smoothing: 0.9,
      reference: { value: Math.LN2, label: 'log 2' },
    },
  ],
  tables: [{ title: 'By kind', columns: ['kind', 'n', 'won'], rows: [['animals', 12, { count: 9, total: 12 }]] }],
  nextSteps: ['Ask two more people.'],
  run: { objective: 'diffusion-dpo', beta: 5000, 'learning rate': 1e-5 },
};

const pageOf = (of: Report) => parseHTML(renderReport(of)).document;

describe('a report', () => {
  it('needs nothing from outside: no scripts, no links, no addresses but data and the SVG namespace', () => {
    const page = renderReport(report);
    expect(page).not.toMatch(/<script|<link|<iframe|@import|\son\w+=/i);
    expect(page.match(/(?:src|href)="[^"]{0,5}/g)).toEqual(Array(4).fill('src="data:'));
    expect(page.match(/https?:\/\/[^"\s]+/g) ?? []).toEqual([]);
    expect(page).toContain("default-src 'none'");
  });

  it('shows every proportion with its count, total and interval', () => {
    const text = pageOf(report).body.textContent;
    expect(text).toContain('142 of 200, 95 % interval 64–77 %');
    expect(text).toContain('9 of 12, 95 % interval 47–91 %');
    const rows = [...pageOf(report).querySelectorAll('article:not(:has(details)) tbody tr')];
    expect(rows.map(({ textContent }) => textContent.replace(/\s+/g, ' '))).toEqual([
      'Before 45 %90 of 20038–52 %',
      'Always the favourite 55 %110 of 20048–62 %',
      'After 71 %142 of 20064–77 %',
    ]);
    const shares = [...pageOf(report).querySelectorAll('.share')];
    expect(shares.length).toBeGreaterThan(0);
    for (const share of shares) expect(share.parentElement?.querySelectorAll('.evidence').length).toBeGreaterThan(0);
  });

  it('names every image by its column and prompt, and describes every chart', () => {
    const page = pageOf(report);
    expect([...page.querySelectorAll('img')].map((image) => image.getAttribute('alt'))).toEqual([
      'base: a red "fox"',
      'aligned: a red "fox"',
      'base: a house',
      'aligned: a house',
    ]);
    const charts = [...page.querySelectorAll('svg')];
    expect(charts).toHaveLength(2);
    for (const chart of charts) {
      expect(chart.getAttribute('role')).toBe('img');
      expect(chart.getAttribute('aria-label')).toMatch(/The numbers stand below/);
      expect(chart.parentElement?.querySelector('table')).not.toBeNull();
    }
  });

  it('has one h1, and headings that skip no level', () => {
    const levels = [...pageOf(report).querySelectorAll('h1, h2, h3, h4')].map(({ tagName }) => Number(tagName[1]));
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    levels.forEach((level, i) => {
      expect(level - (levels[i - 1] ?? 0)).toBeLessThanOrEqual(1);
    });
  });

  it('shows any text as text', () =>
    fc.assert(
      fc.property(fc.string(), (text) => {
        const page = pageOf({ ...report, title: `x${text}`, curves: [], figures: [], nextSteps: [`y${text}<b>`] });
        expect(page.querySelector('h1')?.textContent).toBe(`x${text}`);
        expect(page.querySelector('ol li')?.textContent).toBe(`y${text}<b>`);
      }),
      { numRuns: 50 },
    ));

  it('is written whole, and is the same for the same data', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'report-'));
    folders.push(folder);
    await writeReport(join(folder, 'report.html'), report);
    expect(await readdir(folder)).toEqual(['report.html']);
    expect(await readFile(join(folder, 'report.html'), 'utf8')).toBe(renderReport(report));
  });

  it('leaves out sections without content', () =>
    expect(
      pageOf({ ...report, grids: [], figures: [], curves: [], tables: [], nextSteps: [], run: {} }).querySelector('h2'),
    ).toBeNull());

  it.each([
    [
      'a column with too few images',
      { grids: [{ title: 'g', prompts: ['a'], columns: [{ name: 'base', images: [] }] }] },
    ],
    [
      'bytes that are no image',
      { grids: [{ title: 'g', prompts: ['a'], columns: [{ name: 'base', images: [new Uint8Array(9)] }] }] },
    ],
    ['a figure without numbers', { figures: [{ name: 'f', note: '' }] }],
    ['an impossible proportion', { figures: [{ name: 'f', note: '', after: { count: 3, total: 2 } }] }],
    ['an empty curve', { curves: [{ title: 'c', points: [] }] }],
    ['a ragged table', { tables: [{ title: 't', columns: ['a'], rows: [[1, 2]] }] }],
  ])('refuses %s', (_, part) => expect(() => renderReport({ ...report, ...part })).toThrow());
});

const folders: string[] = [];
afterEach(() => Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true }))));

it('smooths without a bias towards zero at the start', () => {
  const constant = Array.from({ length: 20 }, (_, step) => ({ step, value: 3 }));
  for (const { value } of movingAverage(constant, 0.95)) expect(value).toBeCloseTo(3, 10);
});

it('thins a long curve without losing its extremes or its order', () => {
  const points = Array.from({ length: 10_000 }, (_, step) => ({ step, value: step === 5123 ? 99 : step % 7 }));
  const kept = thinned(points);
  expect(kept.length).toBeLessThanOrEqual(602);
  expect(kept).toContainEqual({ step: 5123, value: 99 });
  expect(kept.map(({ step }) => step)).toEqual(kept.map(({ step }) => step).toSorted((a, b) => a - b));
});
