import { readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type CachedRepository, cachedRepository, listSnapshot, readRef, snapshotFolder, writeRef } from './cache.js';
import { type DownloadProgress, fetchFiles, readRemoteJson } from './fetch-files.js';
import { formatModelId, isCommit, type ModelId, parseModelId } from './model-id.js';
import { type PipelineFiles, pipelineFiles } from './pipeline-files.js';
import { type HubContext, listRepository, pinCommit } from './repository.js';
import { hubSettings } from './settings.js';

export interface ResolveOptions {
  /** `fp16` for the weights called `….fp16.safetensors`; null, the default, for those without a variant. */
  readonly variant?: string | null;
  /** Use what is in the cache, and ask nobody. Default: what HF_HUB_OFFLINE says. */
  readonly offline?: boolean;
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Told what one should know and did not ask: another variant is used, a connection was cut and is tried again. */
  readonly onNote?: (text: string) => void;
  /** Ends a download; what has arrived is kept, and the next one goes on with it. */
  readonly signal?: AbortSignal;
}

export interface ResolvedModel {
  /** A pipeline's folder, or a single file. */
  readonly kind: 'folder' | 'file';
  /** Absolute. */
  readonly path: string;
  /** What names the same model for ever: an absolute path, or `owner/name@commit`. */
  readonly name: string;
  /** The variant of its weights that is to be opened. */
  readonly variant: string | null;
}

/** Says which files of a repository are needed, from the names of all. */
export interface Needs {
  /** What the repository should have been, and what to do where it is not. */
  readonly kind: string;
  readonly advice: string;
  /** How the name of a single file may end. Default: as that of a safetensors file. */
  readonly fileNames?: RegExp;
  choose(
    names: readonly string[],
    id: ModelId,
    variant: string | null,
    read: (name: string) => Promise<unknown>,
  ): PipelineFiles | Promise<PipelineFiles>;
}

/**
 * Finds a model by a local path or its place on the Hugging Face hub (`owner/name`, `owner/name@revision`,
 * `owner/name:file.safetensors`), and fetches of it what is not in the cache. A local path wins.
 *
 * @throws Error saying what was tried, and what to do
 */
export async function resolveModel(name: string, options: ResolveOptions = {}): Promise<ResolvedModel> {
  return resolveNamed(name, options, wholeModel);
}

/** `resolveModel` of whatever `needs` makes of a repository. */
export async function resolveNamed(name: string, options: ResolveOptions, needs: Needs): Promise<ResolvedModel> {
  const { variant = null, onNote = () => undefined } = options;
  const path = resolve(name);
  const local = await stat(path).catch(() => null);
  if (local !== null) {
    const kind = local.isDirectory() ? 'folder' : 'file';
    if (kind === 'file' && variant !== null) throw noVariants(name, variant);
    const used = kind === 'folder' ? await localVariant(name, path, variant, onNote) : null;
    return { kind, path, name: path, variant: used };
  }
  const id = parseModelId(name);
  if (id === null)
    throw new Error(
      `${name}: there is no such file or folder (${path}), and it is no name on the Hugging Face hub either, which is ` +
        'owner/name, owner/name@revision or owner/name:file.safetensors. Check the path of the model.',
    );
  if (id.file !== null && !(needs.fileNames ?? /\.safetensors$/).test(id.file))
    throw new Error(
      needs.fileNames
        ? `${name}: ${id.file} is no file of weights: .safetensors, .pt, .pth and .bin are.`
        : `${name}: ${id.file} is no .safetensors file. Others, such as pickled .ckpt and .bin, are not read.`,
    );

  if (id.file !== null && variant !== null) throw noVariants(name, variant);

  const looksLikePath = id.file === null && id.revision === null && (await isFolder(dirname(path)));
  if (!looksLikePath) return resolveOnHub(name, id, options, needs);
  onNote(`${name}: there is no such folder or file here; taken for a name on the Hugging Face hub.`);
  return resolveOnHub(name, id, options, needs).catch((error: Error) => {
    if (error.name === 'AbortError') throw error;
    throw new Error(
      `${name}: there is no such folder or file here (${path}), and as a model of the hub: ${error.message}`,
      {
        cause: error,
      },
    );
  });
}

async function resolveOnHub(name: string, id: ModelId, options: ResolveOptions, needs: Needs): Promise<ResolvedModel> {
  const { variant = null, onNote = () => undefined, signal } = options;
  const settings = await hubSettings();
  const offline = options.offline === true || settings.offline;
  const context: HubContext = { settings, subject: name, signal, onNote };
  const cached = cachedRepository(settings.cache, id.repository);
  const commit = isCommit(id.revision)
    ? id.revision
    : offline
      ? await cachedCommit(cached, id, name)
      : await pinCommit(id, context);
  const found = (used: string | null): ResolvedModel => ({
    kind: id.file === null ? 'folder' : 'file',
    path: join(snapshotFolder(cached, commit), id.file ?? ''),
    name: formatModelId({ ...id, revision: commit }),
    variant: used,
  });

  const choose = async (names: readonly string[], read: (file: string) => Promise<unknown>) =>
    needs.choose(names, id, variant, read);
  const there = await choose(await listSnapshot(snapshotFolder(cached, commit)), (file) =>
    readJson(join(snapshotFolder(cached, commit), file)),
  ).catch(offline ? (error: Error) => Promise.reject(about(name, error)) : () => null);
  if (there !== null && there.missing.length === 0 && (offline || there.notes.length === 0)) {
    if (!offline) await writeRef(cached, id.revision ?? 'main', commit);
    for (const note of there.notes) onNote(`${name}: ${note}`);
    return found(there.variant);
  }
  if (offline)
    throw new Error(
      `${name}: not all of it is in the cache (${snapshotFolder(cached, commit)}), and the hub is not asked since this is offline. ` +
        `Missing: ${there?.missing.join(', ')}. Run it once without --offline and HF_HUB_OFFLINE.`,
    );

  const listed = await listRepository(id.repository, commit, context);
  const files = { ...context, repository: id.repository, commit, cached, listed };
  const needed = await choose([...listed.keys()], (file) => readRemoteJson(files, file)).catch((error: Error) =>
    Promise.reject(about(name, error)),
  );
  if (needed.missing.length > 0)
    throw new Error(
      `${name}: the repository is no ${needs.kind}: it lacks ${needed.missing.join(', ')}. ${needs.advice}`,
    );
  for (const note of needed.notes) onNote(`${name}: ${note}`);
  await fetchFiles(files, needed.files, options.onProgress ?? (() => undefined));
  await writeRef(cached, id.revision ?? 'main', commit);
  return found(needed.variant);
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (there) => there.isDirectory(),
    () => false,
  );

/** The files that are needed of those called `names`, of a pipeline or of a single file. */
const wholeModel: Needs = {
  kind: 'pipeline with weights as safetensors',
  advice: 'A single file in it is named owner/name:file.safetensors.',
  choose(names, { file }, variant, read) {
    if (file === null) return pipelineFiles(names, variant, read);
    return { files: [file], missing: names.includes(file) ? [] : [file], variant: null, notes: [] };
  },
};

const noVariants = (name: string, variant: string): Error =>
  new Error(`${name} is one file, and only a folder or a repository has variants: leave out ${variant}.`);

async function cachedCommit(cached: CachedRepository, { revision }: ModelId, name: string): Promise<string> {
  const commit = await readRef(cached, revision ?? 'main');
  if (commit !== null) return commit;
  throw new Error(
    `${name}: the cache does not know its ${revision ?? 'main'} (${join(cached.folder, 'refs', revision ?? 'main')}), and the hub ` +
      'is not asked since this is offline. Run it once without --offline and HF_HUB_OFFLINE.',
  );
}

/** What is wrong with a local pipeline is said by whoever opens it; here only the variant is chosen. */
async function localVariant(
  name: string,
  path: string,
  variant: string | null,
  onNote: (text: string) => void,
): Promise<string | null> {
  if ((await stat(join(path, 'model_index.json')).catch(() => null)) === null) return variant;
  const found = await pipelineFiles(await listSnapshot(path), variant, (file) => readJson(join(path, file))).catch(
    (error: Error) => {
      if (variant !== null) throw about(name, error);
      return null;
    },
  );
  for (const note of found?.notes ?? []) onNote(`${name}: ${note}`);
  return found?.variant ?? variant;
}

const readJson = async (path: string): Promise<unknown> => JSON.parse(await readFile(path, 'utf8'));

const about = (name: string, error: Error): Error =>
  error.name === 'AbortError' || error.message.startsWith(name)
    ? error
    : new Error(`${name}: ${error.message}`, { cause: error });
