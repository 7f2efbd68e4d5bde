import { listFiles, modelInfo } from '@huggingface/hub';
import { isCommit, isInside, type ModelId } from './model-id.js';
import { refusal, requestHub } from './request.js';
import { retrying } from './retry.js';
import type { HubSettings } from './settings.js';

/** What every step of a fetch needs to know. */
export interface HubContext {
  readonly settings: HubSettings;
  /** The model as the user wrote it, for errors. */
  readonly subject: string;
  readonly signal: AbortSignal | undefined;
  readonly onNote: (text: string) => void;
}

/** A file of a repository at a commit. */
export interface RemoteFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Of the content: SHA-256 for what is kept as LFS, else git's own SHA-1. The cache names its blobs by it. */
  readonly hash: string;
}

/** The commit that a revision is now. */
export async function pinCommit({ repository, revision }: ModelId, context: HubContext): Promise<string> {
  const { settings, subject } = context;
  const info = await modelInfo({
    name: repository,
    revision: revision ?? 'main',
    additionalFields: ['sha'],
    hubUrl: settings.endpoint,
    fetch: fetchFrom(context),
  });
  if (!isCommit(info.sha)) throw new Error(`${subject}: ${settings.endpoint} gave no commit but ${info.sha}.`);
  return info.sha;
}

/** All files of a repository at a commit, by path. */
export async function listRepository(
  repository: string,
  commit: string,
  context: HubContext,
): Promise<Map<string, RemoteFile>> {
  const { settings, subject } = context;
  const files = new Map<string, RemoteFile>();
  const request = { repo: repository, revision: commit, recursive: true, hubUrl: settings.endpoint };
  for await (const { type, path, size, oid, lfs } of listFiles({ ...request, fetch: fetchFrom(context) })) {
    if (type !== 'file') continue;
    const file = { path, size: lfs?.size ?? size, hash: lfs?.oid ?? oid ?? '' };
    if (!isInside(path) || !/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(file.hash) || !Number.isSafeInteger(file.size))
      throw new Error(
        `${subject}: ${settings.endpoint} lists a file that cannot be one: ${JSON.stringify(file)}. Do not use this model.`,
      );
    files.set(path, file);
  }
  return files;
}

/** A `fetch` for the library: with our token, redirects, patience and errors. */
function fetchFrom({ settings, subject, signal, onNote }: HubContext): typeof fetch {
  return (input) =>
    retrying(
      async () => {
        const address = new URL(input instanceof Request ? input.url : input);
        const asked = await requestHub(address, { accept: 'application/json' }, settings, signal);
        if (!asked.response.ok) throw await refusal(asked.response, subject, settings).finally(asked.end);
        const text = await asked.response.text().catch((error) => Promise.reject(asked.failure(error, false)));
        asked.end();
        if (!asked.response.headers.get('content-type')?.includes('json'))
          throw new Error(
            `${address} answered with no JSON: is ${settings.endpoint} a hub? HF_ENDPOINT may name another.`,
          );
        return new Response(text, { headers: asked.response.headers });
      },
      {
        signal,
        advice: `Is the network up? With --offline, ${subject} is taken from the cache.`,
        onRetry: (reason, seconds) => onNote(`${reason}; trying again in ${seconds} s`),
      },
    );
}
