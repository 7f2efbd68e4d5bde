import { bradleyTerryMaximum } from './bradley-terry-maximum.js';
import { type Interval, quantile, type Random } from './intervals.js';

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
 * Bradley–Terry strengths by maximum likelihood (Zermelo 1929), best first. `prior` (default ½) is added to the wins of each over each.
 */
export function bradleyTerry(matches: readonly Match[], { prior = 0.5 }: BradleyTerryOptions = {}): Standing[] {
  return standingsOf(matches, prior).standings;
}

/**
 * The standings with 95 % percentile bootstrap intervals of the strengths. Each cluster is the matches of one prompt (or
 * rater) and is resampled whole. A resample adds up the tallies of its clusters, so that it costs what the clusters hold of
 * different results, not a pass over matches, and its fit starts from the strengths of the whole.
 */
export function bradleyTerryIntervals(
  clusters: readonly (readonly Match[])[],
  random: Random,
  { prior = 0.5, resamples = 500 }: BradleyTerryOptions & { readonly resamples?: number } = {},
): (Standing & { readonly interval: Interval })[] {
  const { names, strengths, standings } = standingsOf(clusters.flat(), prior);
  const indexOf = indexOfNames(names);
  const { starts, cells, amounts } = sparse(clusters.map((matches) => tallyOf(matches, indexOf)));
  const draws = names.map(() => new Float64Array(resamples));
  for (let draw = 0; draw < resamples; draw++) {
    const wins = new Float64Array(names.length ** 2);
    for (let i = 0; i < clusters.length; i++) {
      const cluster = Math.floor(random() * clusters.length);
      const end = starts[cluster + 1] as number;
      for (let c = starts[cluster] as number; c < end; c++) {
        const cell = cells[c] as number;
        wins[cell] = (wins[cell] as number) + (amounts[c] as number);
      }
    }
    const drawn = bradleyTerryMaximum(withPrior(wins, names.length, prior), strengths);
    for (const [i, strength] of drawn.entries()) draws[i]?.set([strength], draw);
  }
  return standings.map((standing) => {
    const values = draws[indexOf.get(standing.name) ?? -1]?.sort() ?? [];
    return { ...standing, interval: { low: quantile(values, 0.025), high: quantile(values, 0.975) } };
  });
}

function standingsOf(matches: readonly Match[], prior: number) {
  const names = [...new Set(matches.flatMap(({ a, b }) => [a, b]))].sort();
  const indexOf = indexOfNames(names);
  const tally = tallyOf(matches, indexOf);
  const wins = withPrior(winsOf(tally, names.length), names.length, prior);
  const strengths = bradleyTerryMaximum(wins, new Float64Array(names.length));
  const standings: Standing[] = names
    .map((name, i) => ({ name, strength: strengths[i] ?? 0, ...recordOf(tally, i, names.length) }))
    .sort((a, b) => b.strength - a.strength || (a.name < b.name ? -1 : 1));
  return { names, strengths, standings };
}

function indexOfNames(names: readonly string[]): ReadonlyMap<string, number> {
  return new Map(names.map((name, i) => [name, i]));
}

/** By cell i · n + j: how often i won over j, and how often they tied (in both cells). */
interface Tally {
  readonly won: ReadonlyMap<number, number>;
  readonly tied: ReadonlyMap<number, number>;
}

function tallyOf(matches: readonly Match[], indexOf: ReadonlyMap<string, number>): Tally {
  const won = new Map<number, number>();
  const tied = new Map<number, number>();
  for (const { a, b, outcome } of matches) {
    if (a === b) throw new Error(`a match needs two contestants, found ${a} against itself.`);
    const [i, j] = [indexOf.get(a) ?? 0, indexOf.get(b) ?? 0];
    const [ahead, behind] = [i * indexOf.size + j, j * indexOf.size + i];
    if (outcome === 'a') won.set(ahead, (won.get(ahead) ?? 0) + 1);
    if (outcome === 'b') won.set(behind, (won.get(behind) ?? 0) + 1);
    if (outcome === 'tie') for (const cell of [ahead, behind]) tied.set(cell, (tied.get(cell) ?? 0) + 1);
  }
  return { won, tied };
}

/** The cells of each tally that are not zero, one tally after the other; number i is starts[i] … starts[i + 1] − 1. */
interface Sparse {
  readonly starts: Uint32Array;
  readonly cells: Uint32Array;
  readonly amounts: Float64Array;
}

function sparse(tallies: readonly Tally[]): Sparse {
  const starts = new Uint32Array(tallies.length + 1);
  for (const [i, { won, tied }] of tallies.entries()) starts[i + 1] = (starts[i] as number) + won.size + tied.size;
  const cells = new Uint32Array(starts.at(-1) ?? 0);
  const amounts = new Float64Array(cells.length);
  let c = 0;
  const write = (counts: ReadonlyMap<number, number>, worth: number) => {
    for (const [cell, count] of counts) {
      cells[c] = cell;
      amounts[c++] = count * worth;
    }
  };
  for (const { won, tied } of tallies) {
    write(won, 1);
    write(tied, 0.5);
  }
  return { starts, cells, amounts };
}

/** wins[i · n + j]: how often i won over j, a tie counting ½ for both. */
function winsOf({ won, tied }: Tally, n: number): Float64Array {
  const wins = new Float64Array(n * n);
  for (const [cell, count] of won) wins[cell] = count;
  for (const [cell, count] of tied) wins[cell] = (wins[cell] as number) + count / 2;
  return wins;
}

function recordOf({ won, tied }: Tally, i: number, n: number): Pick<Standing, 'wins' | 'losses' | 'ties'> {
  const record = { wins: 0, losses: 0, ties: 0 };
  for (let j = 0; j < n; j++) {
    record.wins += won.get(i * n + j) ?? 0;
    record.losses += won.get(j * n + i) ?? 0;
    record.ties += tied.get(i * n + j) ?? 0;
  }
  return record;
}

/** `wins` with the prior added to each over each. */
function withPrior(wins: Float64Array, n: number, prior: number): Float64Array {
  return wins.map((won, cell) => (cell % (n + 1) === 0 ? 0 : won + prior));
}
