export interface ChunkedMean {
  readonly category: string | null;
  /** Mean of the chunks' means. */
  readonly mean: number;
  /** Standard deviation over the chunks' means (divided by their number). */
  readonly deviation: number;
  readonly chunks: number;
  readonly pictures: number;
}

/**
 * Means as the HPS v2 benchmark reports them (Wu et al. 2023, arXiv:2306.09341, evaluation code): the scores of a style, in their
 * order, are cut into chunks of 80, and the mean and standard deviation of the chunks' means are given; there, times 100. A last chunk that
 * is not full counts as a chunk.
 */
export function chunkedMean(scores: readonly number[], chunk: number, category: string | null = null): ChunkedMean {
  if (!Number.isInteger(chunk) || chunk < 1) throw new Error(`a chunk is a whole number of scores, found ${chunk}.`);
  if (scores.length === 0) throw new Error(`there are no scores${category === null ? '' : ` of ${category}`}.`);
  const means: number[] = [];
  for (let start = 0; start < scores.length; start += chunk) means.push(meanOf(scores.slice(start, start + chunk)));
  const mean = meanOf(means);
  const deviation = Math.sqrt(meanOf(means.map((value) => (value - mean) ** 2)));
  return { category, mean, deviation, chunks: means.length, pictures: scores.length };
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
