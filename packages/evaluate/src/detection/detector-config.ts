import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const three = z.tuple([z.number(), z.number(), z.number()]);
const name = z.string().min(1);

/** How a model says what it found. Sizes: A anchors or queries, C classes. */
const outputs = z.discriminatedUnion('layout', [
  z.strictObject({
    /** DETR: logits (1, A, C + 1), the last for nothing, and boxes (1, A, 4), centre and size in [0, 1]. */
    layout: z.literal('detr'),
    logits: name,
    boxes: name,
    /** sigmoid: logits (1, A, C), each class for itself, as RT-DETR and Deformable DETR. */
    activation: z.enum(['softmax', 'sigmoid']).default('softmax'),
  }),
  z.strictObject({
    /** YOLO from version 8: (1, 4 + C, A) or (1, A, 4 + C): centre and size in pixels of the input, then confidences. */
    layout: z.literal('yolo'),
    output: name,
  }),
  z.strictObject({
    /** torchvision: boxes (A, 4) by their corners in pixels of the input, labels (A), scores (A); with or without a 1 in front. */
    layout: z.literal('boxes'),
    boxes: name,
    labels: name,
    scores: name,
    /** (A, 1, H, W) or (A, H, W) of the input's size: inside above 0.5. */
    masks: name.optional(),
    /** The label of the first of `classes`: torchvision's is 1. */
    firstLabel: z.int().default(0),
  }),
]);

export const detectorConfigSchema = z
  .strictObject({
    /** The ONNX file, from the folder of the YAML file. */
    model: name,
    input: z.strictObject({
      name: name,
      width: z.int().positive(),
      height: z.int().positive(),
      /** stretch: both sides to the input's; letterbox: the whole picture, its shape kept, grey (114) around it. */
      fit: z.enum(['stretch', 'letterbox']).default('stretch'),
      channels: z.enum(['rgb', 'bgr']).default('rgb'),
      /** What the bytes are divided by, before mean and std. */
      divisor: z.number().positive().default(255),
      mean: three.default([0, 0, 0]),
      std: three.default([1, 1, 1]),
    }),
    outputs,
    /** In the order of the model's labels. */
    classes: z.array(name).min(1).optional(),
    /** A text file with a class a line, from the folder of the YAML file. */
    classesFile: name.optional(),
    /** Overlap (IoU) above which the less confident of two of one class goes. Without it, none does. */
    nms: z.number().min(0).max(1).optional(),
  })
  .refine(({ classes, classesFile }) => (classes === undefined) !== (classesFile === undefined), {
    error: 'expected either classes or classesFile',
    path: ['classes'],
  });

export type DetectorOutputs = z.infer<typeof outputs>;
export type DetectorConfig = Omit<z.infer<typeof detectorConfigSchema>, 'classes' | 'classesFile'> & {
  readonly classes: readonly string[];
};

/** Paths come out absolute. @throws Error listing all that is wrong, with the file */
export async function loadDetectorConfig(path: string): Promise<DetectorConfig> {
  const text = await readFile(path, 'utf8').catch((cause: Error) => {
    throw new Error(`${path}: expected the YAML file of a detector (docs/benchmarks.md): ${cause.message}`, { cause });
  });
  let value: unknown;
  try {
    value = parse(text);
  } catch (cause) {
    throw new Error(`${path} is not valid YAML: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
  const { data, error } = detectorConfigSchema.safeParse(value);
  if (!data) throw new Error(`${path} is not the file of a detector:\n${z.prettifyError(error)}`);
  const { classes, classesFile, ...config } = data;
  const from = (file: string): string => resolve(dirname(path), file);
  return { ...config, model: from(config.model), classes: classes ?? (await readClasses(from(classesFile as string))) };
}

async function readClasses(file: string): Promise<string[]> {
  const lines = (await readFile(file, 'utf8')).split('\n').map((line) => line.trim());
  const classes = lines.filter((line) => line !== '');
  if (classes.length === 0) throw new Error(`${file}: expected the name of a class a line, but it is empty.`);
  return classes;
}
