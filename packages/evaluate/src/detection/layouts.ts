import type { HostTensor } from '@bradley/runtime';
import type { DetectorOutputs } from './detector-config.js';

/** A detection before it is brought back to the picture: its box by corners, in pixels of the model's input. */
export interface RawDetection {
  /** Place in the list of classes. */
  readonly label: number;
  readonly confidence: number;
  readonly corners: readonly [number, number, number, number];
  /** (height, width) of the input, above 0.5 inside. */
  readonly mask?: ArrayLike<number>;
}

export interface InputSize {
  readonly width: number;
  readonly height: number;
}

interface Layout<Outputs> {
  /** The outputs that it reads. */
  readonly names: (outputs: Outputs) => readonly string[];
  /** @throws Error where an output has another shape */
  readonly read: (outputs: Outputs, found: Found, classes: number, input: InputSize) => RawDetection[];
}
type Found = (name: string) => HostTensor;

type Layouts = { readonly [Name in DetectorOutputs['layout']]: Layout<Extract<DetectorOutputs, { layout: Name }>> };

/** A way in which models say what they found, each a row. */
export const layouts: Layouts = {
  detr: {
    names: ({ logits, boxes }) => [logits, boxes],
    read({ logits, boxes, activation }, found, classes, { width, height }) {
      const columns = activation === 'softmax' ? classes + 1 : classes;
      const [scores, queries] = matrix(logits, found(logits), columns);
      const [places] = matrix(boxes, found(boxes), 4, queries);
      return rows(queries, (i) => {
        const row = scores.slice(i * columns, (i + 1) * columns);
        const [label, confidence] = best(
          (activation === 'softmax' ? softmax(row) : row.map(sigmoid)).slice(0, classes),
        );
        const [x, y, w, h] = places.slice(4 * i, 4 * i + 4) as Quad;
        return { label, confidence, corners: corners([x * width, y * height, w * width, h * height]) };
      });
    },
  },
  yolo: {
    names: ({ output }) => [output],
    read({ output }, found, classes) {
      const { data, shape } = numbers(output, found(output));
      const columns = classes + 4;
      const [first = 0, second = 0] = shape.slice(-2);
      if (first !== columns && second !== columns)
        throw wrongShape(output, shape, `(1, ${columns}, A) or (1, A, ${columns}) for ${classes} classes`);
      const [count, step, across] = first === columns ? [second, 1, second] : [first, columns, 1];
      return rows(count, (i) => {
        const row = Array.from({ length: columns }, (_, column) => data[i * step + column * across] as number);
        const [label, confidence] = best(row.slice(4));
        return { label, confidence, corners: corners(row.slice(0, 4) as Quad) };
      });
    },
  },
  boxes: {
    names: ({ boxes, labels, scores, masks }) => [boxes, labels, scores, ...(masks ? [masks] : [])],
    read({ boxes, labels, scores, masks, firstLabel }, found, classes, { width, height }) {
      const [places, count] = matrix(boxes, found(boxes), 4);
      const [labelOf] = matrix(labels, found(labels), 1, count);
      const [scoreOf] = matrix(scores, found(scores), 1, count);
      const inside = masks === undefined ? null : matrix(masks, found(masks), width * height, count)[0];
      return rows(count, (i) => ({
        label: (labelOf[i] as number) - firstLabel,
        confidence: scoreOf[i] as number,
        corners: places.slice(4 * i, 4 * i + 4) as Quad,
        ...(inside && { mask: inside.slice(i * width * height, (i + 1) * width * height) }),
      })).filter(({ label }) => label >= 0 && label < classes); // torchvision's 0 is the background
    },
  },
};

/** Reads with the layout that the outputs name. */
export function readDetections(
  outputs: DetectorOutputs,
  found: Readonly<Record<string, HostTensor>>,
  classes: number,
  input: InputSize,
): RawDetection[] {
  const layout = layouts[outputs.layout] as Layout<DetectorOutputs>; // the row of its own name
  return layout.read(outputs, (name) => found[name] as HostTensor, classes, input);
}

export const outputNames = (outputs: DetectorOutputs): readonly string[] =>
  (layouts[outputs.layout] as Layout<DetectorOutputs>).names(outputs);

type Quad = [number, number, number, number];

const corners = ([x, y, width, height]: Quad): Quad => [x - width / 2, y - height / 2, x + width / 2, y + height / 2];

const rows = <T>(count: number, row: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => row(i));

const sigmoid = (logit: number): number => 1 / (1 + Math.exp(-logit));

function softmax(logits: readonly number[]): number[] {
  const most = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - most));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

function best(scores: readonly number[]): [label: number, confidence: number] {
  const confidence = Math.max(...scores);
  return [scores.indexOf(confidence), confidence];
}

/** The values of a tensor of `columns` to a row, and how many rows there are: all, or those that another output has. */
function matrix(name: string, tensor: HostTensor, columns: number, rows?: number): [values: number[], rows: number] {
  const { data, shape } = numbers(name, tensor);
  const count = data.length / columns;
  const batch = shape[0] === 1 || rows === undefined || shape[0] === rows;
  if (!Number.isInteger(count) || !batch || (rows !== undefined && count !== rows))
    throw wrongShape(name, shape, `${rows ?? 'A'} rows of ${columns}`);
  return [data, count];
}

function numbers(name: string, { data, shape, dtype }: HostTensor): { data: number[]; shape: readonly number[] } {
  if (dtype === 'float16' || dtype === 'bfloat16')
    throw new Error(`the output ${name} is ${dtype}: export the detector with outputs in float32.`);
  return { data: Array.from(data as ArrayLike<number | bigint>, Number), shape };
}

const wrongShape = (name: string, shape: readonly number[], expected: string): Error =>
  new Error(
    `the output ${name} has the shape (${shape.join(', ')}) where ${expected} is expected. Do layout and classes fit the model?`,
  );
