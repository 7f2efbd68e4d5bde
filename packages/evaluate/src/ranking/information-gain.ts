/** Gauss–Hermite nodes of the standard normal with their weights, 15 in all (numpy's hermegauss, weights scaled to sum 1). */
const quadrature: readonly { readonly node: number; readonly weight: number }[] = (
  [
    [0, 0.3182595182595181],
    [0.799129068324548, 0.2324622936097323],
    [1.60671006902873, 0.08941779539984437],
    [2.432436827009758, 0.01736577449213762],
    [3.289082424398766, 0.001567357503549956],
    [4.196207711269015, 5.642146405189029e-5],
    [5.190093591304781, 5.975419597920599e-7],
    [6.363947888829839, 8.589649899633252e-10],
  ] as const
).flatMap(([node, weight]) => (node === 0 ? [node] : [-node, node]).map((signed) => ({ node: signed, weight })));

/**
 * What the outcome of a match tells about a strength difference d ~ N(gap, variance), in nats: their mutual information
 *   H(E p) − E H(p),   p = (e^(d/2), e^(−d/2), ν) / (e^(d/2) + e^(−d/2) + ν).
 * It is the expected fall of the entropy of all strengths, since the outcome depends on d alone. Lindley 1956, "On a measure of
 * the information provided by an experiment"; for preferences Houlsby et al. 2011, arXiv:1112.5745.
 */
export function informationGain(gap: number, variance: number, tieWeight = 0): number {
  const deviation = Math.sqrt(variance);
  let [ahead, behind, tie, within] = [0, 0, 0, 0];
  for (const { node, weight } of quadrature) {
    const d = gap + deviation * node;
    const fall = Math.exp(-Math.abs(d)); // e^(−|d|/2) over e^(|d|/2)
    const even = tieWeight === 0 ? 0 : tieWeight * Math.sqrt(fall);
    const total = 1 + fall + even;
    const [more, less] = [weight / total, (weight * fall) / total];
    ahead += d > 0 ? more : less;
    behind += d > 0 ? less : more;
    tie += (weight * even) / total;
    // H(p) = ln total − Σ p ln(unnormalised p)
    const logs = Math.abs(d) * (fall + even / 2) - (even > 0 ? even * Math.log(tieWeight) : 0);
    within += weight * (Math.log(total) + logs / total);
  }
  return Math.max(0, entropyTerm(ahead) + entropyTerm(behind) + entropyTerm(tie) - within);
}

function entropyTerm(p: number): number {
  return p > 0 ? -p * Math.log(p) : 0;
}

/** Mean and variance of d ~ N(gap, variance) once a match said that the first won (score 1), lost (0) or tied (½). */
export function momentsAfter(score: number, gap: number, variance: number): { mean: number; variance: number } {
  const deviation = Math.sqrt(variance);
  let [mass, first, second] = [0, 0, 0];
  for (const { node, weight } of quadrature) {
    const d = gap + deviation * node;
    // ln σ(d)^score σ(−d)^(1 − score)
    const likelihood = Math.exp(score * d - Math.max(0, d) - Math.log1p(Math.exp(-Math.abs(d))));
    mass += weight * likelihood;
    first += weight * likelihood * node;
    second += weight * likelihood * node ** 2;
  }
  const shift = first / mass;
  return { mean: gap + deviation * shift, variance: variance * (second / mass - shift ** 2) };
}
