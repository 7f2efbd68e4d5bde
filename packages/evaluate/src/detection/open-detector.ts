import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type RgbImage, resizeBicubic } from '@bradley/formats';
import { openForeignSession } from '@bradley/runtime';
import type { Box, Detection, Detector } from './detection.js';
import { suppress } from './detection.js';
import { type DetectorConfig, loadDetectorConfig } from './detector-config.js';
import { outputNames, type RawDetection, readDetections } from './layouts.js';

/** Where the picture lies in the model's input. */
interface Placed {
  readonly left: number;
  readonly top: number;
  readonly across: number;
  readonly down: number;
}

/**
 * Opens an ONNX detection model by its YAML file: docs/benchmarks.md. Pictures are resized as Pillow's bicubic does.
 * @throws Error naming the file, what was expected and what is there
 */
export async function openDetector(path: string, options: { readonly threads?: number } = {}): Promise<Detector> {
  const config = await loadDetectorConfig(path);
  const { model, input, outputs, classes, nms } = config;
  const hash = createHash('sha256').update(JSON.stringify({ ...config, model: null }));
  for await (const chunk of createReadStream(model)) hash.update(chunk as Buffer);
  const session = await openForeignSession(model, options);
  const missing = [
    ...(session.inputs.includes(input.name) ? [] : [`input ${input.name} (it has ${session.inputs.join(', ')})`]),
    ...outputNames(outputs)
      .filter((name) => !session.outputs.includes(name))
      .map((name) => `output ${name} (it has ${session.outputs.join(', ')})`),
  ];
  if (missing.length > 0) throw new Error(`${path}: ${model} has no ${missing.join(', and no ')}.`);
  return {
    name: path,
    identity: hash.digest('hex'),
    classes,
    async detect(image, above) {
      const { data, placed } = prepare(image, input);
      const shape = [1, 3, input.height, input.width];
      const found = await session.run({ [input.name]: { dtype: 'float32', shape, data } }, outputNames(outputs));
      const raw = readDetections(outputs, found, classes.length, input).filter(({ confidence }) => confidence > above);
      const detections = raw.map((detection) => toPicture(detection, placed, image, classes, input.width));
      const sorted = detections.sort((a, b) => b.confidence - a.confidence);
      return nms === undefined ? sorted : suppress(sorted, nms);
    },
    release: () => session.release(),
  };
}

const grey = 114; // as YOLO's letterbox

/** (3, height, width) as the model takes it. */
export function prepare(
  image: RgbImage,
  { width, height, fit, channels, divisor, mean, std }: DetectorConfig['input'],
): { data: Float32Array; placed: Placed } {
  const scale = Math.min(width / image.width, height / image.height);
  const across = fit === 'stretch' ? width : Math.max(1, Math.round(image.width * scale));
  const down = fit === 'stretch' ? height : Math.max(1, Math.round(image.height * scale));
  const [left, top] = [Math.floor((width - across) / 2), Math.floor((height - down) / 2)];
  const resized = resizeBicubic(image, across, down).data;
  const data = new Float32Array(3 * width * height);
  for (let channel = 0; channel < 3; channel++) {
    const from = channels === 'rgb' ? channel : 2 - channel;
    const normal = (byte: number): number => (byte / divisor - (mean[channel] as number)) / (std[channel] as number);
    const plane = data.subarray(channel * width * height, (channel + 1) * width * height).fill(normal(grey));
    for (let y = 0; y < down; y++)
      for (let x = 0; x < across; x++)
        plane[(top + y) * width + left + x] = normal(resized[3 * (y * across + x) + from] as number);
  }
  return { data, placed: { left, top, across, down } };
}

function toPicture(
  { label, confidence, corners: [x1, y1, x2, y2], mask }: RawDetection,
  { left, top, across, down }: Placed,
  { width, height }: RgbImage,
  classes: readonly string[],
  inputWidth: number,
): Detection {
  const column = (x: number): number => Math.min(width, Math.max(0, ((x - left) * width) / across));
  const row = (y: number): number => Math.min(height, Math.max(0, ((y - top) * height) / down));
  const box: Box = [column(x1), row(y1), column(x2), row(y2)];
  const found = { class: classes[label] as string, confidence, box };
  if (!mask) return found;
  const inside = new Uint8Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const at =
        (top + Math.floor(((y + 0.5) * down) / height)) * inputWidth + left + Math.floor(((x + 0.5) * across) / width);
      if ((mask[at] as number) > 0.5) inside[y * width + x] = 1;
    }
  return { ...found, mask: inside };
}
