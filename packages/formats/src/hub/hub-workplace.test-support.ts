import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, vi } from 'vitest';
import { type Fault, startHub, type TestHub } from './hub-server.test-support.js';
import { type ResolvedModel, type ResolveOptions, resolveModel } from './resolve-model.js';

/** A pipeline by the names of its files; no content of them is read but that of JSON. */
export const name = 'owner/name';
export const unet = 'unet/diffusion_pytorch_model.safetensors';
export const unetHalf = 'unet/diffusion_pytorch_model.fp16.safetensors';
export const vae = 'vae/diffusion_pytorch_model.safetensors';

export const text = (value: unknown): Uint8Array =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
export const weights: Record<string, Uint8Array> = {
  [unet]: randomBytes(300_000),
  [vae]: randomBytes(1000),
  'text_encoder/model.safetensors': randomBytes(1000),
};
/** What it takes to run it. */
export const needed: Record<string, Uint8Array> = {
  'model_index.json': text({
    _class_name: 'StableDiffusionPipeline',
    scheduler: ['diffusers', 'DDIMScheduler'],
    text_encoder: ['transformers', 'CLIPTextModel'],
    tokenizer: ['transformers', 'CLIPTokenizer'],
    unet: ['diffusers', 'UNet2DConditionModel'],
    vae: ['diffusers', 'AutoencoderKL'],
    safety_checker: ['stable_diffusion', 'StableDiffusionSafetyChecker'],
  }),
  'scheduler/scheduler_config.json': text({}),
  'tokenizer/vocab.json': text({ a: 0 }),
  'tokenizer/merges.txt': text('#version'),
  'tokenizer/tokenizer_config.json': text({ a: 1 }),
  'tokenizer/special_tokens_map.json': text({ b: 1 }),
  'text_encoder/config.json': text({ c: 1 }),
  'unet/config.json': text({ d: 1 }),
  'vae/config.json': text({ e: 1 }),
  ...weights,
};
export const unneeded: Record<string, Uint8Array> = {
  'README.md': text('# a model'),
  'v1-5-pruned.safetensors': randomBytes(2000),
  'v1-5-pruned.ckpt': randomBytes(2000),
  'safety_checker/model.safetensors': randomBytes(2000),
  'unet/diffusion_pytorch_model.bin': randomBytes(2000),
  'unet/diffusion_flax_model.msgpack': randomBytes(2000),
  [unetHalf]: randomBytes(2000),
  'vae/diffusion_pytorch_model.fp16.safetensors': randomBytes(500),
  'text_encoder/model.fp16.safetensors': randomBytes(500),
};

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** The files in a folder, at any depth. */
export async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => !entry.isDirectory());
  return files.map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)).sort();
}

/** A hub with the pipeline, and an empty cache: anew for every test. */
export interface HubWorkplace {
  /** HF_HOME */
  readonly base: string;
  readonly hub: TestHub;
  /** What the calls of `get` were told. */
  readonly notes: string[];
  /** The repository in the cache. */
  readonly cached: string;
  /** `resolveModel`, of the pipeline if no other model is named. */
  get(options?: ResolveOptions, model?: string): Promise<ResolvedModel>;
  /** The connection over which the weights of the UNet come ends when the cache has so many bytes of them. */
  cutAfter(bytes: number): Fault;
  /** Puts other files into the repository. */
  publish(files: Record<string, Uint8Array>): void;
  /** The ranges of the requests so far for the weights of the UNet. */
  unetRanges(): (string | undefined)[];
}

export function hubWorkplace(): HubWorkplace {
  const state = { base: '', notes: [] as string[], hub: undefined as unknown as TestHub };
  beforeEach(async () => {
    state.base = await mkdtemp(join(tmpdir(), 'hub-'));
    state.hub = await startHub({ [name]: { files: { ...needed, ...unneeded } } });
    state.notes = [];
    for (const variable of ['HF_TOKEN', 'HF_TOKEN_PATH', 'HF_HUB_OFFLINE', 'HF_HUB_CACHE', 'HUGGINGFACE_HUB_CACHE'])
      vi.stubEnv(variable, undefined);
    vi.stubEnv('HF_HOME', state.base);
    vi.stubEnv('HF_ENDPOINT', state.hub.endpoint);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await state.hub.close();
    await rm(state.base, { recursive: true });
  });
  return {
    get base() {
      return state.base;
    },
    get hub() {
      return state.hub;
    },
    get notes() {
      return state.notes;
    },
    get cached() {
      return join(state.base, 'hub', 'models--owner--name');
    },
    get: (options = {}, model = name) => resolveModel(model, { onNote: (note) => state.notes.push(note), ...options }),
    cutAfter: (bytes) => ({
      at: /^cdn.*unet/,
      cutAfter: bytes,
      async kept() {
        const blobs = join(state.base, 'hub', 'models--owner--name', 'blobs');
        const isThere = async (): Promise<boolean> => {
          const names = (await readdir(blobs)).filter((name) => name.endsWith('.incomplete'));
          const sizes = await Promise.all(names.map(async (name) => (await stat(join(blobs, name))).size));
          return sizes.includes(bytes);
        };
        while (!(await isThere().catch(() => false))) await delay(5);
      },
    }),
    publish(files) {
      const repository = state.hub.repositories[name];
      if (repository) repository.files = files;
    },
    unetRanges: () => state.hub.seen.filter(({ path }) => /^\/[0-9a-f]{40}\/unet/.test(path)).map(({ range }) => range),
  };
}
