import { join } from 'node:path';
import {
  clipColours,
  fromOpenClipModel,
  isOpenClipModel,
  openCheckpoint,
  openClipConfig,
  type PictureNormalisation,
  type Tokenizer,
  tokenizerFileNames,
} from '@bradley/formats';
import { type ClipConfig, clipConfigSchema, type Part } from '@bradley/models';
import { z } from 'zod';
import { findFiles, findTokenizer, isFile, readBeside, type ScorerFiles, storedTensors } from './scorer-files.js';
import type { ScorerOptions } from './scorer-kind.js';
import { weightFingerprint } from './weight-fingerprint.js';

/** A CLIP model and what its texts and pictures go through first. */
export interface ClipFiles {
  readonly part: Part<ClipConfig>;
  readonly tokenizer: Tokenizer;
  readonly pictures: PictureNormalisation;
  /** Tells these weights from others. */
  readonly fingerprint: string;
}

/** What a scorer says of the CLIP that it is built on. */
export interface ClipSource {
  /** Hub name of the tokenizer, where none lies beside the weights. */
  readonly tokenizer: string;
  /** How the reference prepares pictures; sizes and colours come from the model. */
  readonly pictures: Pick<PictureNormalisation, 'resize' | 'crop'>;
  /** Files of which a folder without config.json has one. */
  readonly files?: readonly string[];
}

const extras = ['preprocessor_config.json', ...tokenizerFileNames];
const weights = ['model.safetensors', 'model.safetensors.index.json', 'pytorch_model.bin'];

/**
 * Opens a CLIP model: a folder of transformers' CLIPModel, or a file of open_clip (beside which `open_clip_config.json` may
 * lie), by its path or its place on the hub. Of the weights only the headers are read.
 * @throws Error naming the file, and what it has instead
 */
export async function openClipFiles(name: string, source: ClipSource, options: ScorerOptions): Promise<ClipFiles> {
  const wanted = {
    kind: 'CLIP model',
    advice: 'A file of open_clip in it is named owner/name:file.pt.',
    oneOf: weights.map((file) => ['config.json', file]),
    takes: extras,
  };
  const files = await findFiles(name, wanted, options);
  const part = await openClipPart(files, source.files ?? []);
  const { image_size: size } = part.config.vision_config;
  return {
    part,
    tokenizer: await findTokenizer(files.folder, source.tokenizer, options),
    pictures: { ...(await coloursOf(files.folder, size)), size, ...source.pictures },
    fingerprint: await weightFingerprint([...part.tensors.values()].map(({ file }) => file)),
  };
}

async function openClipPart(files: ScorerFiles, names: readonly string[]): Promise<Part<ClipConfig>> {
  const { path, folder } = files;
  const config = path === folder ? await readBeside(join(folder, 'config.json'), clipConfigSchema) : null;
  if (config) return { path, config, tensors: storedTensors(await openCheckpoint(path)) };
  const file = path === folder ? await fileOf(folder, names) : path;
  const stored = storedTensors(await openCheckpoint(file));
  if (!isOpenClipModel(stored))
    throw new Error(
      `${file}: it is no CLIP as open_clip names its tensors: the first of ${stored.size} are ${[...stored.keys()].slice(0, 3).join(', ')}. ` +
        'A CLIPModel of transformers is named by its folder.',
    );
  const entries = stored as Parameters<typeof fromOpenClipModel>[0];
  const details = await readBeside(join(folder, 'open_clip_config.json'), openClipDetails);
  const tensors = [...fromOpenClipModel(entries)].map(([name, view]) => [name, { ...view, file }] as const);
  const parsed = clipConfigSchema.parse(openClipConfig(entries, details ?? {}));
  return { path: file, config: parsed, tensors: new Map(tensors) };
}

async function fileOf(folder: string, names: readonly string[]): Promise<string> {
  const there = await Promise.all(names.map(async (name) => ((await isFile(join(folder, name))) ? name : null)));
  const found = there.find((name) => name !== null);
  if (found) return join(folder, found);
  throw new Error(
    `${folder}: there is neither the config.json of a CLIPModel${names.length > 0 ? ` nor ${names.join(' or ')}` : ''} in it. ` +
      'Name the folder of the model, or its file of weights.',
  );
}

const positive = z.number().int().positive();
const openClipDetails = z
  .object({
    model_cfg: z.object({
      quick_gelu: z.boolean().default(false),
      vision_cfg: z
        .object({ width: positive.optional(), head_width: positive.default(64) })
        .default({ head_width: 64 }),
      text_cfg: z.object({ heads: positive.optional() }).default({}),
    }),
  })
  .transform(({ model_cfg: { quick_gelu, vision_cfg, text_cfg } }) => ({
    quickGelu: quick_gelu,
    ...(vision_cfg.width ? { visionHeads: Math.round(vision_cfg.width / vision_cfg.head_width) } : {}),
    ...(text_cfg.heads ? { textHeads: text_cfg.heads } : {}),
  }));

const channels = z.array(z.number()).length(3);
const side = z.union([positive, z.object({ shortest_edge: positive }).transform((size) => size.shortest_edge)]);
const crop = z.union([positive, z.object({ height: positive, width: positive }).transform(({ height }) => height)]);
const preprocessor = z.object({
  image_mean: channels.default([...clipColours.mean]),
  image_std: channels.default([...clipColours.std]),
  resample: z.literal(3, 'only 3, bicubic, is supported').default(3),
  do_center_crop: z.literal(true).default(true),
  size: side.optional(),
  crop_size: crop.optional(),
});

/** Mean and deviation of `preprocessor_config.json`, OpenAI's where there is none. Its sizes must be those of the network. */
async function coloursOf(folder: string, size: number): Promise<Pick<PictureNormalisation, 'mean' | 'std'>> {
  const path = join(folder, 'preprocessor_config.json');
  const found = await readBeside(path, preprocessor);
  for (const other of [found?.size, found?.crop_size])
    if (other !== undefined && other !== size)
      throw new Error(
        `${path}: it makes pictures of ${other} pixels, and the network takes ${size}. They are of two models.`,
      );
  return found ? { mean: found.image_mean, std: found.image_std } : clipColours;
}
