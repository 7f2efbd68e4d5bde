import { describe, expect, it } from 'vitest';
import { alphaWords } from './alpha-words.js';

const alpha = (value: number | null, low: number | null, high: number | null, why: string | null = null) =>
  alphaWords({ value, low, high, units: 10, why });

describe('what an alpha says', () => {
  it('is agreement where the whole interval is above 0.8', () =>
    expect(alpha(0.9, 0.84, 0.95)).toBe('Raters agree: conclusions may be drawn.'));

  it('is not sure where the interval reaches into other words', () => {
    expect(alpha(0.85, 0.7, 0.95)).toMatch(/^Raters agree: .*too wide/);
    expect(alpha(0.1, -0.2, 0.3)).toMatch(/^Raters hardly agree .*too wide/);
  });

  it('tells disagreement from chance', () =>
    expect(alpha(-0.4, -0.6, -0.1)).toMatch(/^Raters disagree more than chance/));

  it('is why there is none', () =>
    expect(alpha(null, null, null, 'no unit has two ratings')).toBe(
      'There is no value yet: no task was answered by two raters.',
    ));
});
