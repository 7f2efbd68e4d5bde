import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  concat,
  constant,
  type Graph,
  graph,
  input,
  mean,
  mul,
  reshape,
  slice,
  sub,
  unsqueeze,
  type Value,
} from '@bradley/graph';
import { writeOnnxGraph } from '@bradley/models';

/** Mean of a channel over the left or right half of the input, (1, 1, 1). */
const half = (pixels: Value, side: 0 | 1, channel: number): Value =>
  reshape(mean(slice(pixels, [1, 3], [channel, 8 * side], [channel + 1, 8 * side + 8]), [1, 2, 3]), [1, 1, 1]);

/** Boxes of the left and the right half of a 16 × 8 input: (1, 2, 4). */
const halves = (left: readonly number[], right: readonly number[]): Value =>
  constant(Float32Array.from([...left, ...right]), [1, 2, 4]);

/**
 * A detector of two classes, "owl" where a half of the picture is red and "cup" where it is blue, in the forms that detectors have.
 * What a half is, is told by its mean colour.
 */
export const twoHalves: Readonly<Record<'detr' | 'yolo' | 'boxes', () => Graph>> = {
  detr() {
    const pixels = input('pixel_values', [1, 3, 8, 16]);
    const logits = ([0, 1] as const).map((side) => {
      const score = (channel: number) => mul(half(pixels, side, channel), 20);
      return concat([score(0), score(2), constant(Float32Array.of(10), [1, 1, 1])], 2);
    });
    return graph({ logits: concat(logits, 1), pred_boxes: halves([0.25, 0.5, 0.5, 1], [0.75, 0.5, 0.5, 1]) });
  },
  yolo() {
    const pixels = input('images', [1, 3, 8, 16]);
    const scores = ([0, 2] as const).map((channel) => concat([half(pixels, 0, channel), half(pixels, 1, channel)], 2));
    const boxes = constant(Float32Array.of(4, 12, 4, 4, 8, 8, 8, 8), [1, 4, 2]); // x, y, width, height of both
    return graph({ output0: concat([boxes, ...scores], 1) });
  },
  boxes() {
    const pixels = input('image', [1, 3, 8, 16]);
    const scores = ([0, 1] as const).map((side) => reshape(half(pixels, side, 0), [1]));
    const left = Float32Array.from({ length: 8 * 16 }, (_, i) => (i % 16 < 8 ? 1 : 0));
    const right = left.map((inside) => 1 - inside);
    const mask = (values: Float32Array, side: 0 | 1) =>
      sub(constant(values, [1, 1, 8, 16]), mul(unsqueeze(half(pixels, side, 1), [3]), 0)); // reads the input, as outputs must
    return graph({
      boxes: reshape(halves([0, 0, 8, 8], [8, 0, 16, 8]), [2, 4]),
      labels: constant(Float32Array.of(1, 1), [2]),
      scores: concat(scores, 0),
      masks: concat([mask(left, 0), mask(right, 1)], 0),
    });
  },
};

const outputs = {
  detr: 'name: pixel_values, WIDTHS }\noutputs: { layout: detr, logits: logits, boxes: pred_boxes }',
  yolo: 'name: images, WIDTHS }\noutputs: { layout: yolo, output: output0 }',
  boxes:
    'name: image, WIDTHS }\noutputs: { layout: boxes, boxes: boxes, labels: labels, scores: scores, masks: masks, firstLabel: 1 }',
};

/** Writes the model and its YAML file, and gives the path of that. */
export async function writeDetector(
  folder: string,
  layout: keyof typeof twoHalves,
  more = '',
  fit = 'stretch',
): Promise<string> {
  await writeOnnxGraph(join(folder, `${layout}.onnx`), twoHalves[layout]());
  const path = join(folder, `${layout}-${fit}.yaml`);
  const form = outputs[layout].replace('WIDTHS', `width: 16, height: 8, fit: ${fit}`);
  await writeFile(path, `model: ${layout}.onnx\ninput: { ${form}\nclasses: [owl, cup]\n${more}`);
  return path;
}
