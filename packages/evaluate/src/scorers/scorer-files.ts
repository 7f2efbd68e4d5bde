import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  type Checkpoint,
  loadTokenizer,
  type ResolveOptions,
  resolveFiles,
  resolveTokenizer,
  type Tokenizer,
  type WantedFiles,
} from '@bradley/formats';
import type { StoredTensor } from '@bradley/models';
import { z } from 'zod';
import type { ScorerOptions } from './scorer-kind.js';

/** A model's folder or its one file, found on this machine or fetched. */
export interface ScorerFiles {
  readonly path: string;
  /** Where what lies beside the weights is looked for. */
  readonly folder: string;
}

export async function findFiles(name: string, wanted: WantedFiles, options: ScorerOptions): Promise<ScorerFiles> {
  const { kind, path } = await resolveFiles(name, wanted, resolveOptions(options));
  return { path, folder: kind === 'folder' ? path : dirname(path) };
}

export function resolveOptions({ offline, onDownload, onNote, signal }: ScorerOptions): ResolveOptions {
  return {
    ...(offline === undefined ? {} : { offline }),
    ...(onDownload ? { onProgress: onDownload } : {}),
    ...(onNote ? { onNote } : {}),
    ...(signal ? { signal } : {}),
  };
}

/**
 * The tokenizer that lies in a folder, or else the published one.
 * @param padToken where its files may not say what it pads with
 */
export async function findTokenizer(
  folder: string,
  published: string,
  options: ScorerOptions,
  padToken?: string,
): Promise<Tokenizer> {
  const own = await Promise.all(['tokenizer.json', 'vocab.json'].map((name) => isFile(join(folder, name))));
  const path = own.includes(true) ? folder : (await resolveTokenizer(published, resolveOptions(options))).path;
  return loadTokenizer(path, padToken === undefined ? {} : { padToken });
}

export const isFile = async (path: string): Promise<boolean> => (await stat(path).catch(() => null))?.isFile() ?? false;

/** A JSON file beside a model's weights; null where there is none. */
export async function readBeside<T>(path: string, schema: z.ZodType<T>): Promise<T | null> {
  if (!(await isFile(path))) return null;
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new Error(`${path}: not valid JSON: ${(cause as Error).message}. Download it again.`, { cause });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Error(`${path}: not as it is published:\n${z.prettifyError(parsed.error)}`);
}

/** The tensors of a checkpoint as a network asks for them. */
export const storedTensors = (checkpoint: Checkpoint): Map<string, StoredTensor> =>
  new Map([...checkpoint].map(([name, { file, entry }]) => [name, { file: file.path, ...entry }]));
