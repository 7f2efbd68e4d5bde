/**
 * ln p at the maximum of the Bradley–Terry likelihood, mean 0, by damped Newton steps:
 *   ℓ = Σ wᵢⱼ ln σ(ln pᵢ − ln pⱼ),   ∂ℓ/∂ln pᵢ = Σⱼ wᵢⱼ σ(−dᵢⱼ) − wⱼᵢ σ(dᵢⱼ),   −∂²ℓ = the Laplacian of the weights nᵢⱼ σ(dᵢⱼ) σ(−dᵢⱼ).
 * It ends after a step that moves nobody by 10⁻⁷, which says how far the maximum was, and the next would be the square of it; the change of a
 * slower iteration, such as Hunter's (MM), does not say that. O(n³) a step, three to ten steps.
 *
 * @param wins n × n in rows: how often i won over j
 * @param start where to begin, n
 * @throws Error where no maximum exists
 */
export function bradleyTerryMaximum(wins: Float64Array, start: Float64Array): Float64Array {
  const n = start.length;
  if (n < 2) return new Float64Array(n);
  requireMaximum(wins, n);
  let strengths = start;
  for (let round = 0; round < 200; round++) {
    const step = newtonStep(wins, strengths);
    const moved = step.reduce((most, by) => Math.max(most, Math.abs(by)), 0);
    strengths = moved < 0.1 ? along(strengths, step, 1) : uphill(wins, strengths, step, Math.min(1, 2 / moved));
    if (moved < 1e-7) return strengths;
  }
  throw new Error(`the Bradley–Terry strengths of ${n} contestants did not settle in 200 Newton steps.`);
}

/** Halves a step until ℓ, which is concave, does not fall. Steps below 0.1 need it not: they change no curvature by more than a fifth. */
function uphill(wins: Float64Array, from: Float64Array, step: Float64Array, longest: number): Float64Array {
  const before = likelihood(wins, from);
  for (let scale = longest; scale > 1e-6 * longest; scale /= 2) {
    const next = along(from, step, scale);
    if (likelihood(wins, next) >= before) return next;
  }
  return from;
}

/** From `strengths` along `step`, moved to mean 0. */
function along(strengths: Float64Array, step: Float64Array, scale: number): Float64Array {
  const next = strengths.map((value, i) => value + scale * (step[i] as number));
  const mean = next.reduce((sum, value) => sum + value, 0) / next.length;
  return next.map((value) => value - mean);
}

function likelihood(wins: Float64Array, strengths: Float64Array): number {
  const n = strengths.length;
  let sum = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const won = wins[i * n + j] as number;
      if (won > 0) sum -= won * softplus((strengths[j] as number) - (strengths[i] as number));
    }
  }
  return sum;
}

/** ln(1 + eˣ) */
function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** The step of all but the last, which stands still: strengths are differences. By Cholesky, in the lower half of the Laplacian. */
function newtonStep(wins: Float64Array, strengths: Float64Array): Float64Array {
  const n = strengths.length;
  const step = new Float64Array(n);
  const matrix = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const ahead = 1 / (1 + Math.exp((strengths[j] as number) - (strengths[i] as number)));
      const behind = 1 / (1 + Math.exp((strengths[i] as number) - (strengths[j] as number)));
      const [won, lost] = [wins[i * n + j] as number, wins[j * n + i] as number];
      const pull = won * behind - lost * ahead;
      const weight = (won + lost) * ahead * behind;
      step[i] = (step[i] as number) + pull;
      step[j] = (step[j] as number) - pull;
      matrix[i * n + j] = -weight;
      matrix[i * n + i] = (matrix[i * n + i] as number) + weight;
      matrix[j * n + j] = (matrix[j * n + j] as number) + weight;
    }
  }
  const free = n - 1;
  for (let i = 0; i < free; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = matrix[i * n + j] as number;
      for (let k = 0; k < j; k++) rest -= (matrix[i * n + k] as number) * (matrix[j * n + k] as number);
      matrix[i * n + j] = i === j ? Math.sqrt(rest) : rest / (matrix[j * n + j] as number);
    }
    for (let k = 0; k < i; k++) step[i] = (step[i] as number) - (matrix[i * n + k] as number) * (step[k] as number);
    step[i] = (step[i] as number) / (matrix[i * n + i] as number);
  }
  for (let i = free - 1; i >= 0; i--) {
    for (let k = i + 1; k < free; k++)
      step[i] = (step[i] as number) - (matrix[k * n + i] as number) * (step[k] as number);
    step[i] = (step[i] as number) / (matrix[i * n + i] as number);
  }
  step[free] = 0;
  return step;
}

/** Ford 1957: a maximum exists where from everyone a chain of wins leads to everyone else. */
function requireMaximum(wins: Float64Array, n: number): void {
  const reaches = (cell: (from: number, to: number) => number): boolean => {
    const reached = new Set([0]);
    for (const from of reached)
      for (let to = 0; to < n; to++) if ((wins[cell(from, to)] as number) > 0) reached.add(to);
    return reached.size === n;
  };
  if (reaches((from, to) => from * n + to) && reaches((from, to) => to * n + from)) return;
  throw new Error(
    'Bradley–Terry has no maximum: one group of contestants never lost to the rest, or never met it. Use a `prior` above 0.',
  );
}
