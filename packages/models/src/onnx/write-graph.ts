import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { replaceFile } from '@bradley/formats';
import { compile, type Graph, patchOnnx } from '@bradley/graph';
import { readRange, writeDataBeside } from './external-data.js';

export interface WriteGraphOptions {
  /** Up to this many bytes of weights lie in the file itself; more, in `<name>.data` beside it. Default 1 GiB: ONNX files end at 2 GB. */
  readonly inside?: number;
}

/**
 * Writes a graph as an ONNX model of standard operators (opset 21), weights by their names in the checkpoint and stored as they are there.
 * Its shapes, the batch too, are those of the graph's inputs.
 *
 * @returns the files written
 */
export async function writeOnnxGraph(
  path: string,
  from: Graph,
  { inside = 2 ** 30 }: WriteGraphOptions = {},
): Promise<string[]> {
  const { bytes, weights } = compile(from, { provider: 'onnx' });
  await mkdir(dirname(path), { recursive: true });
  const total = [...weights.values()].reduce((sum, { length }) => sum + length, 0);
  const fits = total <= inside;
  const patches = fits
    ? new Map([...weights].map(([name, source]) => [name, { bytes: readRange(source) }]))
    : await writeDataBeside(
        path,
        [...weights].map(([name, source]) => [name, () => readRange(source)]),
      );
  await replaceFile(path, async (file) => {
    await file.writeFile(patchOnnx(bytes, patches));
  });
  return fits ? [path] : [path, `${path}.data`];
}
