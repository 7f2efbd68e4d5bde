import { describe, expect, it } from 'vitest';
import { dataSets } from './data-sets.js';
import { studies } from './studies.js';

describe.each(Object.entries(studies))('the study %s', (_name, { arms, claims, judges }) => {
  it('compares arms that it trains, on sets that exist', () => {
    const names = arms.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { data } of arms) expect(Object.keys(dataSets)).toContain(data);
    for (const { of, against } of claims) {
      expect(names).toContain(of);
      expect([...names, 'base']).toContain(against);
    }
    expect(judges.length).toBeGreaterThan(0);
  });

  it('gives every arm as many pictures a step', () => {
    const pictures = arms.map(({ training }) => training.batch * (training.objective.includes('rank-dpo') ? 4 : 2));
    expect(new Set(pictures).size).toBe(1);
  });
});
