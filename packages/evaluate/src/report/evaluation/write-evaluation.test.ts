import { createHash } from 'node:crypto';
import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { type Case, type EvaluatedJudge, evaluateContestants } from '../../win-rates/evaluation.js';
import type { EvaluationReport } from './evaluation-report.js';
import { designText, renderEvaluation } from './write-evaluation.js';

/** A 1×1 PNG. */
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const cases: Case[] = Array.from({ length: 40 }, (_, i) => ({ prompt: `a <fox> ${i}`, seed: 0 }));
const judge: EvaluatedJudge = {
  name: 'teacher',
  kind: 'scorer',
  raters: ['scorer:t'],
  learntFrom: { raters: [], prompts: [] },
};
const evaluation = evaluateContestants({
  contestants: [
    { name: 'base', origin: null },
    { name: 'pupil & co', origin: { raters: ['scorer:t'], prompts: [] } },
  ],
  cases,
  evidence: [{ judge, scores: [new Float64Array(40), Float64Array.from(cases, (_, i) => i - 4.5)] }],
  distances: null,
});
const rows = cases.map((of, i) => ({ ...of, images: [png, png], margins: [[i - 4.5]] }));
const report: EvaluationReport = {
  title: 'pupil against base',
  evaluation,
  pictures: { cases: 100, judges: ['teacher'], rows },
  settings: { steps: 20 },
};
const pageOf = (of: EvaluationReport) => parseHTML(renderEvaluation(of)).document;

describe('the page of an evaluation', () => {
  it('says the conclusion first, with its reason and numbers', () => {
    const [first] = pageOf(report).querySelectorAll('.conclusions li');
    expect(first?.textContent.replace(/\s+/g, ' ')).toMatch(
      /pupil & co over base: refused By teacher: the judge made the comparisons.*\(scorer:t\).*Otherwise: 87\.5 % of 40, interval/,
    );
  });

  it('loads nothing, and runs its own script and no other', () => {
    const page = pageOf(report);
    const script = page.querySelector('script')?.textContent ?? '';
    const hash = createHash('sha256').update(script).digest('base64');
    expect(page.querySelector('meta[http-equiv]')?.getAttribute('content')).toBe(
      `default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-${hash}'`,
    );
    for (const image of page.querySelectorAll('img')) expect(image.getAttribute('src')).toMatch(/^data:image\/png;/);
    expect(page.querySelector('link, script[src], iframe, a[href]')).toBeNull();
  });

  it('has the pictures in the primary judge’s order, each with what the judge says, and tells of how many they are a choice', () => {
    const page = pageOf(report);
    const items = [...page.querySelectorAll('#pictures li')];
    expect(items).toHaveLength(40);
    expect(items[0]?.textContent).toContain('a <fox> 39');
    expect(items.map((item) => item.querySelector('.margin')?.textContent).at(-1)).toBe('−4.5, lost');
    expect(items[0]?.querySelector('img')?.getAttribute('alt')).toBe('base: a <fox> 39');
    expect(page.querySelector('#pictures .note')?.textContent).toMatch(/^40 of 100: a third/);
  });

  it('leaves out what there is nothing of', () => {
    const headings = [...pageOf({ ...report, pictures: null, settings: {} }).querySelectorAll('h2')];
    expect(headings.map(({ textContent }) => textContent)).toEqual(['Who wins, by whom']);
  });
});

it('a design says what it can detect, or that it can detect nothing', () => {
  const design = { prompts: 2, seeds: 1, duels: 2, smallest: { independent: null, alike: null } };
  expect(designText(design)).toBe(
    '2 prompts × 1 seed = 2 duels with the base. With 80 % probability this decides nothing: six prompts are the fewest that a sign test decides by.',
  );
  expect(designText({ ...design, smallest: { independent: 0.6, alike: 0.75 } })).toMatch(
    /a win rate of 60 % if seeds of a prompt are independent, of 75 % if they agree\.$/,
  );
});
