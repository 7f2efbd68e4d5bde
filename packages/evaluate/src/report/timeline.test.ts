import { createHash } from 'node:crypto';
import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { renderTimeline, type Timeline } from './timeline.js';

/** A 1×1 PNG. */
const small = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const picture = (file: string) => ({ small, file });
const timeline: Timeline = {
  title: 'What it draws',
  sentences: ['Beside the <base>.'],
  captions: ['a "cat"', 'a dog'],
  base: { name: 'base', facts: {}, pictures: [picture('base/00.png'), picture('base/01.png')] },
  steps: [
    { name: 'step 0', facts: {}, pictures: [picture('step-000000/00.png'), null] },
    {
      name: 'step 50',
      facts: { 'implicit accuracy': { count: 30, total: 54 } },
      pictures: [picture('step-000050/00.png'), picture('step-000050/01.png')],
    },
  ],
};
const { document } = parseHTML(renderTimeline(timeline));
const texts = (selector: string) => [...document.querySelectorAll(selector)].map(({ textContent }) => textContent);

describe('the page of a run’s pictures', () => {
  it('has prompts by steps, the base first, and no picture where there is none', () => {
    expect(texts('tbody th')).toEqual(['a "cat"', 'a dog']);
    const links = [...document.querySelectorAll('tbody tr')].map((row) =>
      [...row.querySelectorAll('td')].map((cell) => cell.querySelector('a')?.getAttribute('href') ?? null),
    );
    expect(links).toEqual([
      ['base/00.png', 'step-000000/00.png', 'step-000050/00.png'],
      ['base/01.png', null, 'step-000050/01.png'],
    ]);
    expect(document.querySelector('tbody img')?.getAttribute('alt')).toBe('base: a "cat"');
  });

  it('shows a measured share with its count and interval', () => {
    expect(texts('thead .fact')).toEqual(['implicit accuracy 56 % 30 of 54, 95 % interval 42–68 %']);
  });

  it('loads nothing, and runs its own script and no other', () => {
    const policy = document.querySelector('meta[http-equiv]')?.getAttribute('content');
    const script = document.querySelector('script')?.textContent ?? '';
    expect(script).toContain('ArrowLeft');
    const hash = createHash('sha256').update(script).digest('base64');
    expect(policy).toBe(`default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-${hash}'`);
    for (const image of document.querySelectorAll('img[src]'))
      expect(image.getAttribute('src')).toMatch(/^data:image\/png;/);
    expect(document.querySelector('link, script[src], iframe')).toBeNull();
  });

  it('refuses a step with too few pictures', () => {
    const steps = [{ name: 'step 9', facts: {}, pictures: [] }];
    expect(() => renderTimeline({ ...timeline, steps })).toThrow('step 9 has 0 pictures for 2 prompts');
  });
});
