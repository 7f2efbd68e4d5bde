import { parseScorerSpec, type ScorerOptions } from '@bradley/evaluate';
import { writeOnnxGraph } from '@bradley/models';
import { scorerTable } from '../scorers.js';

/**
 * Writes a scorer's network as an ONNX model of standard operators: `pixel_values`, and `input_ids` where it reads prompts →
 * `score`. Pictures and prompts are prepared by whoever runs it.
 * @returns the files that were written
 * @throws Error for a scorer that has no network
 */
export async function exportScorer(
  spec: string,
  output: string,
  { batch = 1, ...options }: ScorerOptions = {},
): Promise<readonly string[]> {
  const { name, kind, argument } = parseScorerSpec(spec, scorerTable);
  if (!kind.graph) {
    const others = Object.entries(scorerTable).flatMap(([other, { graph }]) => (graph ? [other] : []));
    throw new Error(`the scorer ${name} has no network that could be exported; ${others.join(', ')} have one`);
  }
  return writeOnnxGraph(output, await kind.graph(argument, { ...options, graphBatch: batch }));
}
