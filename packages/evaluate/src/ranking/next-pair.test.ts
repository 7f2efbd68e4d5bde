import { describe, expect, it } from 'vitest';
import { bradleyTerry, type Match } from '../bradley-terry.js';
import { uniformNumbers } from '../uniform.test-support.js';
import { type Beliefs, learn, openBeliefs } from './beliefs.js';
import { informationGain, momentsAfter } from './information-gain.js';
import { nextPair } from './next-pair.js';

const named = (n: number) => Array.from({ length: n }, (_, i) => ({ name: `c${i}` }));
const indexOf = (name: string) => Number(name.slice(1));

/** A world of contestants with normal strengths, and a judge who follows them. */
function world(n: number, seed: number) {
  const random = uniformNumbers(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const strengths = Array.from({ length: n }, () => 1.5 * normal());
  const judge = (a: string, b: string): Match => {
    const gap = (strengths[indexOf(a)] ?? 0) - (strengths[indexOf(b)] ?? 0);
    return { a, b, outcome: random() < 1 / (1 + Math.exp(-gap)) ? 'a' : 'b' };
  };
  return { random, strengths, judge };
}

/** Kendall's τ of what a number of comparisons, chosen so, tells of the true order. */
function orderFound(n: number, comparisons: number, exploration: number, seed: number): number {
  const { random, strengths, judge } = world(n, seed);
  const beliefs = openBeliefs(named(n));
  const matches: Match[] = [];
  while (matches.length < comparisons) {
    const match = judge(...(nextPair(beliefs, random, { exploration })?.pair ?? ['', '']));
    learn(beliefs, match);
    matches.push(match);
  }
  const order = bradleyTerry(matches, { prior: 0.02 }).map(({ name }) => strengths[indexOf(name)] ?? 0);
  const agreeing = order.flatMap((s, i) => order.slice(i + 1).map((below) => Math.sign(s - below)));
  return agreeing.reduce((a, b) => a + b, 0) / agreeing.length;
}

function gainOf({ mean, variance }: Beliefs, i: number, j: number): number {
  return informationGain((mean[i] ?? 0) - (mean[j] ?? 0), (variance[i] ?? 0) + (variance[j] ?? 0));
}

describe('beliefs', () => {
  it('match the moments of the exact posterior of a difference', () => {
    // scipy 1.17, quad over N(0, 4.5) · σ(d), and · √(σ(d) σ(−d)) for a tie.
    // At the widest variance in use 15 nodes are good to 10⁻³; they gain digits as it falls.
    expect(momentsAfter(1, 0, 4.5).mean / 1.3145273669598923).toBeCloseTo(1, 2.7);
    expect(momentsAfter(1, 0, 4.5).variance / 2.772017801513491).toBeCloseTo(1, 2.7);
    expect(momentsAfter(0.5, 0, 4.5).variance / 2.556789164915446).toBeCloseTo(1, 2.7);
  });

  it('come near the true strengths', () => {
    const { random, strengths, judge } = world(20, 5);
    const beliefs = openBeliefs(named(20));
    for (let i = 0; i < 4000; i++) learn(beliefs, judge(...(nextPair(beliefs, random)?.pair ?? ['', ''])));
    const centre = strengths.reduce((a, b) => a + b, 0) / 20;
    const error = strengths.map((s, i) => (s - centre - (beliefs.mean[i] ?? 0)) ** 2).reduce((a, b) => a + b, 0) / 20;
    expect(Math.sqrt(error)).toBeLessThan(0.35);
  });

  it('know their contestants', () => {
    expect(() => openBeliefs([{ name: 'x' }, { name: 'x' }])).toThrow(/same name/);
    expect(() => openBeliefs(named(2), [{ a: 'c0', b: 'x', outcome: 'a' }])).toThrow(/found c0 against x/);
  });
});

describe('the next pair', () => {
  it('is the most informative of all, as a search over every pair finds it', () => {
    for (let seed = 1; seed <= 30; seed++) {
      const { random, judge } = world(25, seed);
      const beliefs = openBeliefs(named(25));
      for (let i = 0; i < seed * 10; i++)
        learn(beliefs, judge(...(nextPair(beliefs, random, { exploration: 1 })?.pair ?? ['', ''])));
      const [a, b] = nextPair(beliefs, random, { exploration: 0 })?.pair ?? ['', ''];
      const gains = named(25).flatMap((_, i) => named(i).map((_, j) => gainOf(beliefs, i, j)));
      expect(gainOf(beliefs, indexOf(a), indexOf(b))).toBeCloseTo(Math.max(...gains), 12);
    }
  });

  it('stays within a group, and keeps clear of what is excluded', () => {
    const grouped = ['x1', 'x2', 'y1', 'y2', 'z1'].map((name) => ({ name, group: name.charAt(0) }));
    const beliefs = openBeliefs(grouped);
    const random = uniformNumbers(3);
    for (const exploration of [0, 1]) {
      const seen = new Set(
        Array.from({ length: 60 }, () => [...(nextPair(beliefs, random, { exploration })?.pair ?? [])].sort().join()),
      );
      expect([...seen].sort()).toEqual(['x1,x2', 'y1,y2']);
      const exclude = (a: string, b: string) => [a, b].sort().join() === 'x1,x2';
      expect([...(nextPair(beliefs, random, { exploration, exclude })?.pair ?? [])].sort()).toEqual(['y1', 'y2']);
      expect(nextPair(beliefs, random, { exploration, exclude: () => true })).toBeNull();
    }
    expect(nextPair(openBeliefs([]), random)).toBeNull();
  });

  it('is drawn by chance as often as asked, and on either side alike', () => {
    const beliefs = openBeliefs(named(6), [{ a: 'c0', b: 'c1', outcome: 'a' }]);
    const random = uniformNumbers(9);
    const drawn = Array.from({ length: 2000 }, () => nextPair(beliefs, random, { exploration: 0.2 }));
    expect(drawn.filter((next) => next?.explored).length / 2000).toBeCloseTo(0.2, 1);
    expect(drawn.filter((next) => next && next.pair[0] < next.pair[1]).length / 2000).toBeCloseTo(0.5, 1);
  });

  it('finds the order after 600 comparisons better than random pairs do after 700', () => {
    const seeds = Array.from({ length: 24 }, (_, i) => i + 1);
    const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    // Over 60 other seeds: 0.836 ± 0.004 against 0.818 ± 0.004.
    const chosen = mean(seeds.map((seed) => orderFound(40, 600, 0.1, seed)));
    const drawn = mean(seeds.map((seed) => orderFound(40, 700, 1, seed)));
    expect(chosen).toBeGreaterThan(drawn);
    expect(chosen).toBeGreaterThan(0.8);
  });

  it('takes less than 5 ms of a processor for 1,000 contestants after 10,000 comparisons', () => {
    const { random, judge } = world(1000, 11);
    const beliefs = openBeliefs(named(1000));
    for (let i = 0; i < 10_000; i++)
      learn(beliefs, judge(...(nextPair(beliefs, random, { exploration: 1 })?.pair ?? ['', ''])));
    const { user: before } = process.cpuUsage();
    for (let i = 0; i < 200; i++) {
      const next = nextPair(beliefs, random, { exploration: 0 });
      learn(beliefs, judge(...(next?.pair ?? ['', ''])));
    }
    expect((process.cpuUsage().user - before) / 1e3 / 200).toBeLessThan(5);
  });
});
