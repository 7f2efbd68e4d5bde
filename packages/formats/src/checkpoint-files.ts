import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { z } from 'zod';
import { openSafetensors, type SafetensorsFile } from './safetensors.js';
import { maxHeaderBytes, SafetensorsError, type TensorEntry } from './safetensors-header.js';
import { openTorchFile } from './torch-file/open-torch-file.js';
import { chooseWeights, type WeightSearch, wantedWeights } from './weight-names.js';

/** Every tensor of a model, wherever its file lies: `readTensor(file, name)` reads it. */
export type Checkpoint = Map<string, { readonly file: SafetensorsFile; readonly entry: TensorEntry }>;

/**
 * Opens the weights of a model: a `.safetensors` file, a `.safetensors.index.json` with its shards, or a folder that
 * has one of them. In a folder `chooseWeights` chooses, and where nothing fits its only file is taken, or where it has no
 * safetensors `pytorch_model.bin`. A file that is named may also be one of torch.save: `.pt`, `.pth`, `.ckpt`, `.bin`.
 * @throws SafetensorsError or TorchFileError naming the file, or what the folder has instead
 */
export async function openCheckpoint(folderOrFile: string, search: WeightSearch = {}): Promise<Checkpoint> {
  const path = await findWeights(folderOrFile, search);
  if (path.endsWith('.json')) return openShards(path);
  const file = await (torchFile.test(path) ? openTorchFile(path) : openSafetensors(path));
  return new Map([...file.tensors].map(([name, entry]) => [name, { file, entry }]));
}

/** What transformers saved before it saved safetensors. */
const torchWeights = 'pytorch_model.bin';
const torchFile = /\.(pt|pth|ckpt|bin)$/i;

async function findWeights(folderOrFile: string, search: WeightSearch): Promise<string> {
  const names = await listFolder(folderOrFile);
  if (names === undefined) return folderOrFile;

  const choice = chooseWeights(names, search);
  if (choice !== null) return join(folderOrFile, choice.file);
  const weights = names.filter((name) => name.endsWith('.safetensors'));
  if (search.baseName === undefined && weights.length === 0 && names.includes(torchWeights))
    return join(folderOrFile, torchWeights);
  if (search.baseName === undefined && weights.length === 1) return join(folderOrFile, weights[0] as string);
  throw new SafetensorsError(
    `${folderOrFile}: expected one of ${wantedWeights(search).join(', ')}, found ${weights.join(', ') || 'no .safetensors file'}. ` +
      'Name the file itself, or save the model as safetensors.',
  );
}

/** The names in a folder, or undefined for a file. */
async function listFolder(path: string): Promise<string[] | undefined> {
  try {
    return (await stat(path)).isDirectory() ? (await readdir(path)).sort() : undefined;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SafetensorsError(`${path}: cannot open the weights: ${reason}`, { cause });
  }
}

const shardIndex = z.looseObject({ weight_map: z.record(z.string(), z.string()) });

async function openShards(path: string): Promise<Checkpoint> {
  const entries = await readWeightMap(path);
  const shards = new Map<string, SafetensorsFile>();
  for (const name of new Set(entries.map(([, shard]) => shard))) {
    shards.set(name, await openSafetensors(shardPath(path, name)));
  }
  return new Map(
    entries.map(([name, shard]) => {
      const file = shards.get(shard) as SafetensorsFile;
      const entry = file.tensors.get(name);
      if (entry === undefined) {
        throw new SafetensorsError(
          `${path}: tensor '${name}' should be in ${shard}, which does not have it. Download index and shards again, together.`,
        );
      }
      return [name, { file, entry }];
    }),
  );
}

async function readWeightMap(path: string): Promise<[string, string][]> {
  try {
    const { size } = await stat(path);
    if (size > maxHeaderBytes)
      throw new Error(`it has ${size} bytes, more than an index of ${maxHeaderBytes} could need`);
    const { weight_map } = shardIndex.parse(JSON.parse(await readFile(path, 'utf8')));
    const entries = Object.entries(weight_map);
    if (entries.length === 0) throw new Error('weight_map is empty');
    return entries;
  } catch (cause) {
    const reason =
      cause instanceof z.ZodError ? z.prettifyError(cause) : cause instanceof Error ? cause.message : cause;
    throw new SafetensorsError(`${path}: not an index of shards: ${reason}. Download it again.`, { cause });
  }
}

/** An index comes from a stranger: it may name files of its own folder only. */
function shardPath(indexPath: string, shard: string): string {
  const folder = resolve(dirname(indexPath));
  const inside = relative(folder, resolve(folder, shard));
  if (isAbsolute(shard) || shard.includes('\\') || inside === '' || inside.startsWith('..') || isAbsolute(inside)) {
    throw new SafetensorsError(
      `${indexPath}: it names the shard '${shard}', which is not a file beside ${basename(indexPath)}. Do not use this model.`,
    );
  }
  return join(folder, inside);
}
