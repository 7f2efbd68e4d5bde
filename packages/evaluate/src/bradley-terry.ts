import { type Interval, quantile, type Random, resample } from './intervals.js';

/** One comparison of two contestants. A tie counts as half a win for each. */
export interface Match {
  readonly a: string;
  readonly b: string;
  readonly outcome: 'a' | 'b' | 'tie';
}

export interface Standing {
  readonly name: string;
  /** ln p: 0 is the geometric mean of all contestants; a gap of d wins σ(d) of the matches. */
  readonly strength: number;
  readonly wins: number;
  readonly losses: number;
  readonly ties: number;
}

/** Added to the wins of each over each, so that a maximum exists even for one who always wins or is never met. */
export interface BradleyTerryOptions {
  readonly prior?: number;
}

/**
 * Bradley–Terry strengths by maximum likelihood, best first. Zermelo 1929; the iteration is Hunter 2004 (MM):
 *   pᵢ ← (Σⱼ Wᵢⱼ) / (Σⱼ Nᵢⱼ / (pᵢ + pⱼ)),
 * renormalised by the geometric mean until max |Δ ln p| < 10⁻⁸. `prior` (default ½) is added to every off-diagonal W.
 */
export function bradleyTerry(matches: readonly Match[], { prior = 0.5 }: BradleyTerryOptions = {}): Standing[] {
  const tally = tallyOf(matches);
  const strengths = fit(tally, prior);
  return tally.names
    .map((name, i) => ({ name, strength: strengths[i] ?? 0, ...record(matches, name) }))
    .sort((a, b) => b.strength - a.strength || (a.name < b.name ? -1 : 1));
}

/**
 * The standings with 95 % percentile bootstrap intervals of the strengths. Each cluster is the matches of one prompt (or
 * rater) and is resampled whole.
 */
export function bradleyTerryIntervals(
  clusters: readonly (readonly Match[])[],
  random: Random,
  { prior = 0.5, resamples = 500 }: BradleyTerryOptions & { readonly resamples?: number } = {},
): (Standing & { readonly interval: Interval })[] {
  const standings = bradleyTerry(clusters.flat(), { prior });
  const names = standings.map(({ name }) => name);
  const draws = new Map(names.map((name) => [name, new Float64Array(resamples)]));
  for (let draw = 0; draw < resamples; draw++) {
    const tally = tallyOf(resample(clusters, random), names);
    const strengths = fit(tally, prior);
    for (const [i, name] of names.entries()) draws.get(name)?.set([strengths[i] ?? 0], draw);
  }
  return standings.map((standing) => {
    const values = draws.get(standing.name)?.sort() ?? [];
    return { ...standing, interval: { low: quantile(values, 0.025), high: quantile(values, 0.975) } };
  });
}

/** wins[i][j]: how often i won over j, a tie counting ½ for both. */
interface Tally {
  readonly names: readonly string[];
  readonly wins: readonly Float64Array[];
}

function tallyOf(
  matches: readonly Match[],
  names: readonly string[] = [...new Set(matches.flatMap(({ a, b }) => [a, b]))].sort(),
): Tally {
  const indexOf = new Map(names.map((name, i) => [name, i]));
  const wins = names.map(() => new Float64Array(names.length));
  const add = (winner: string, loser: string, amount: number) => {
    const row = wins[indexOf.get(winner) ?? -1];
    const column = indexOf.get(loser) ?? -1;
    if (row && column >= 0) row[column] = (row[column] ?? 0) + amount;
  };
  for (const { a, b, outcome } of matches) {
    if (a === b) throw new Error(`a match needs two contestants, found ${a} against itself.`);
    if (outcome !== 'b') add(a, b, outcome === 'a' ? 1 : 0.5);
    if (outcome !== 'a') add(b, a, outcome === 'b' ? 1 : 0.5);
  }
  return { names, wins };
}

/** ln p of each name, in the tally's order. */
function fit({ names, wins }: Tally, prior: number): Float64Array {
  const n = names.length;
  const w = (i: number, j: number) => (i === j ? 0 : (wins[i]?.[j] ?? 0) + prior);
  let logs = new Float64Array(n);
  for (let round = 0; round < 10_000; round++) {
    const next = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      let won = 0;
      let expected = 0;
      for (let j = 0; j < n; j++) {
        if (j === i) continue;
        won += w(i, j);
        expected += (w(i, j) + w(j, i)) / (Math.exp(logs[i] ?? 0) + Math.exp(logs[j] ?? 0));
      }
      next[i] = n > 1 ? Math.log(won / expected) : 0;
    }
    const centre = next.reduce((sum, value) => sum + value, 0) / n;
    const moved = next.map((value, i) => Math.abs(value - centre - (logs[i] ?? 0))).reduce((a, b) => Math.max(a, b), 0);
    logs = next.map((value) => value - centre);
    if (moved < 1e-8) return logs;
  }
  throw new Error(
    `Bradley–Terry did not settle in 10,000 rounds over ${names.join(', ')}. With \`prior\` 0 each must have won and lost; use a prior above 0.`,
  );
}

function record(matches: readonly Match[], name: string): Pick<Standing, 'wins' | 'losses' | 'ties'> {
  const own = matches.filter(({ a, b }) => a === name || b === name);
  const ties = own.filter(({ outcome }) => outcome === 'tie').length;
  const wins = own.filter(({ a, outcome }) => outcome !== 'tie' && (outcome === 'a') === (a === name)).length;
  return { wins, losses: own.length - wins - ties, ties };
}
