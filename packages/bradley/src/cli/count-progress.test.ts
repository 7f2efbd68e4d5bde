import { describe, expect, it } from 'vitest';
import { countProgress } from './count-progress.js';
import type { Out } from './output.js';

function shown(live: boolean) {
  const lines: string[] = [];
  let seconds = 0;
  const out = {
    progress: { live },
    status: (text: string) => lines.push(text),
    note: (text: string) => lines.push(text),
  };
  const count = countProgress(out as unknown as Out, () => 1000 * seconds);
  const wait = (more: number): void => {
    seconds += more;
  };
  return { lines, count, wait };
}

describe('counted progress', () => {
  it('says how many of how many, how fast, and how long it will take', () => {
    const { lines, count, wait } = shown(true);
    count('pictures', 0, 160);
    wait(8);
    count('pictures', 24, 160);
    wait(40);
    count('pictures', 160, 160);
    expect(lines).toEqual(['0 of 160 pictures', '24 of 160 pictures  3.0/s  45 s left', '160 of 160 pictures  3.4/s']);
  });

  it('begins anew for something else, and takes what was kept for no time', () => {
    const { lines, count, wait } = shown(true);
    count('drawn', 8, 8);
    count('scored', 0, 100, 0);
    wait(1);
    count('scored', 60, 100, 50);
    expect(lines.at(-1)).toBe('60 of 100 scored, 50 of them before  10/s  4 s left');
  });

  it('is a line every half minute where nobody watches', () => {
    const { lines, count, wait } = shown(false);
    for (let second = 0; second <= 70; second++, wait(1)) count('rows', second, null);
    expect(lines).toEqual(['30 rows  1.0/s', '60 rows  1.0/s']);
  });
});
