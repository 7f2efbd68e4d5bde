import { setTimeout as delay } from 'node:timers/promises';
import { AwsClient } from 'aws4fetch';
import { isSha256, maxMediaBytes, sha256Of } from '../media-path.js';
import { MediaError } from '../source.js';
import type { MediaStore } from './media-store.js';

export interface S3Options {
  /** Such as `https://s3.eu-central-1.amazonaws.com` or `http://127.0.0.1:9000`; the bucket is the first part of the path. */
  readonly endpoint: string;
  readonly bucket: string;
  /** Stands before the name of each object; empty, or ends in /. */
  readonly prefix?: string;
  readonly region: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string | undefined;
  };
  /** Milliseconds before the first of the retries; each next waits twice as long. */
  readonly retryAfter?: number;
}

const tries = 5;
/** For one request, headers and body. */
const patience = 60_000;

/**
 * Media in a bucket of S3 or of a store that speaks its protocol, as `<prefix>ab/abcd…` by sha256, path-style addresses, Signature Version 4. An object
 * that is there is not written again (If-None-Match); the server checks what arrives against the signed sha256, and we what comes back. What
 * fails on the way (no connection, 429, 5xx, a conflict of two writers) is tried again, five times in all.
 */
export function s3Media({
  endpoint,
  bucket,
  prefix = '',
  region,
  credentials,
  retryAfter = 200,
}: S3Options): MediaStore {
  const where = `s3://${bucket}/${prefix}`;
  const { sessionToken, ...keys } = credentials;
  const client = new AwsClient({ ...keys, ...(sessionToken && { sessionToken }), region, service: 's3', retries: 0 });
  const base = `${endpoint.replace(/\/+$/, '')}/${bucket}/${encodePath(prefix)}`;

  const request = async (method: Method, sha256: string, body?: Uint8Array, range?: string): Promise<Response> => {
    if (!isSha256(sha256)) throw new MediaError('missing-file', `${JSON.stringify(sha256)} is not a sha256 in hex`);
    const url = `${base}${sha256.slice(0, 2)}/${sha256}`;
    for (let attempt = 1; ; attempt++) {
      const answer = await client
        .fetch(url, {
          method,
          headers: {
            'x-amz-content-sha256': body ? sha256 : emptySha256,
            ...(body && { 'if-none-match': '*' }),
            ...(range && { range }),
          },
          ...(body && { body: Buffer.from(body) }),
          signal: AbortSignal.timeout(patience),
        })
        .catch((error: Error) => error);
      const passing = answer instanceof Error || answer.status >= 500 || retried.has(answer.status);
      if (!passing) return answer;
      if (attempt === tries)
        throw new Error(`${method} ${url}: ${await reasonOf(answer)}, ${tries} times. Is ${endpoint} up?`);
      if (!(answer instanceof Error)) await answer.body?.cancel();
      await delay(retryAfter * 2 ** (attempt - 1) * (0.5 + Math.random() / 2));
    }
  };
  const refusal = async (method: Method, answer: Response): Promise<Error> =>
    new Error(`${method} ${answer.url}: ${await reasonOf(answer)}. ${hints[answer.status] ?? ''}`.trim());
  const found = async (answer: Response): Promise<Response | null> => {
    if (answer.status === 404 && (await codeOf(answer)) !== 'NoSuchBucket') return null;
    if (answer.ok || answer.status === outOfRange) return answer;
    throw await refusal('GET', answer);
  };
  const bytesOf = async (sha256: string, answer: Response): Promise<Uint8Array> => {
    const length = Number(answer.headers.get('content-length') ?? 0);
    const wanted = length <= maxMediaBytes && answer.status !== outOfRange;
    if (wanted) return new Uint8Array(await answer.arrayBuffer());
    await answer.body?.cancel();
    if (answer.status === outOfRange) return new Uint8Array();
    throw new MediaError('too-big', `${where}: ${sha256} has ${length} bytes; the limit is ${maxMediaBytes}`);
  };
  const checked = (sha256: string, bytes: Uint8Array): Uint8Array => {
    if (sha256Of(bytes) === sha256) return bytes;
    throw new MediaError('bad-row', `${where}: the object ${sha256} has another sha256: it was changed or cut short`);
  };

  return {
    where,
    async put(bytes) {
      const sha256 = sha256Of(bytes);
      const answer = await request('PUT', sha256, bytes);
      if (!answer.ok && answer.status !== alreadyThere) throw await refusal('PUT', answer);
      await answer.body?.cancel();
      return sha256;
    },
    async get(sha256) {
      const answer = await found(await request('GET', sha256));
      return answer && checked(sha256, await bytesOf(sha256, answer));
    },
    async part(sha256, start, end) {
      const answer = await found(await request('GET', sha256, undefined, `bytes=${start}-${end - 1}`));
      if (answer === null) return null;
      const bytes = await bytesOf(sha256, answer);
      const size = sizeOf(answer) ?? bytes.length;
      const part = answer.status === 200 ? bytes.subarray(start, end) : bytes; // 200: a store that takes no ranges
      return { bytes: start === 0 && end >= size ? checked(sha256, part) : part, size };
    },
    async delete(sha256) {
      const answer = await request('DELETE', sha256);
      if (!answer.ok && answer.status !== 404) throw await refusal('DELETE', answer);
      await answer.body?.cancel();
    },
  };
}

/** As signatures have it, so that what is signed is what is sent: everything but letters, digits and - . _ ~ / in percent. */
function encodePath(path: string): string {
  const asCode = (letter: string) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`;
  return path
    .split('/')
    .map((part) => encodeURIComponent(part).replace(/[!'()*]/g, asCode))
    .join('/');
}

type Method = 'GET' | 'PUT' | 'DELETE';

const emptySha256 = sha256Of(new Uint8Array());
/** Too many requests, a request that timed out, and two who wrote the same object at once. */
const retried: ReadonlySet<number> = new Set([408, 409, 429]);
const alreadyThere = 412;
/** A part of an object that ends before it begins. */
const outOfRange = 416;
const hints: Readonly<Record<number, string>> = {
  301: 'The bucket is in another region: name its region and endpoint.',
  403: 'Check the credentials, what they may do with this bucket, the region, and the clock of this computer.',
  404: 'There is no such bucket: make it, or name another.',
};

/** Of the whole object, as the answer to a range says it. */
function sizeOf(answer: Response): number | undefined {
  const size = /\/(\d+)$/.exec(answer.headers.get('content-range') ?? '')?.[1];
  return size === undefined ? undefined : Number(size);
}

/** The code in S3's answer, such as NoSuchBucket. */
async function codeOf(answer: Response): Promise<string | undefined> {
  return /<Code>([^<]{1,100})<\/Code>/.exec(await answer.text())?.[1];
}

async function reasonOf(answer: Response | Error): Promise<string> {
  if (answer instanceof Error) return answer.cause instanceof Error ? answer.cause.message : answer.message;
  const code = answer.bodyUsed ? undefined : await codeOf(answer).catch(() => undefined);
  return code ? `${answer.status} ${code}` : `status ${answer.status}`;
}
