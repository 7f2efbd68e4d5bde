import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

const sha256 = (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, data: string) => createHmac('sha256', key).update(data).digest();

export interface SignedRequest {
  readonly method: string;
  /** As it came, percent-encoded, with its query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/**
 * The signature that a request should have: AWS Signature Version 4, docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html, written from
 * that page alone and held against the signatures it publishes. S3 encodes paths once.
 */
export function expectedSignature({ method, target, headers }: SignedRequest, secretAccessKey: string): string {
  const [, scope = '', signed = ''] =
    /Credential=[^/]+\/([^,]+),\s*SignedHeaders=([^,]+)/.exec(headers.authorization ?? '') ?? [];
  const [path = '', query = ''] = target.split('?');
  const canonicalQuery = query
    .split('&')
    .filter(Boolean)
    .map((pair) => (pair.includes('=') ? pair : `${pair}=`))
    .sort()
    .join('&');
  const canonicalHeaders = signed
    .split(';')
    .map((name) => `${name}:${(headers[name] ?? '').trim().replace(/\s+/g, ' ')}\n`);
  const canonical = [method, path, canonicalQuery, canonicalHeaders.join(''), signed, headers['x-amz-content-sha256']];
  const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical.join('\n'))].join('\n');
  const key = scope
    .split('/')
    .reduce<string | Buffer>((previous, part) => hmac(previous, part), `AWS4${secretAccessKey}`);
  return hmac(key, toSign).toString('hex');
}

export interface S3Server {
  readonly endpoint: string;
  readonly objects: Map<string, Uint8Array>;
  readonly requests: string[];
  /** Answers to give, one a request, before it works again: a status, or 0 to cut the connection. */
  readonly failures: number[];
  close(): Promise<void>;
}

/** A server of one bucket `pictures` that refuses what is not signed, by whom it should be, or not what its sha256 says. */
export async function serveS3(secretAccessKey: string): Promise<S3Server> {
  const objects = new Map<string, Uint8Array>();
  const requests: string[] = [];
  const failures: number[] = [];
  const answer = (
    request: IncomingMessage,
    body: Buffer,
  ): [status: number, body: string | Uint8Array, headers?: Record<string, string>] => {
    const headers = request.headers as SignedRequest['headers'];
    const { method = '', url: target = '' } = request;
    const given = /Signature=([0-9a-f]{64})$/.exec(headers.authorization ?? '')?.[1];
    if (given !== expectedSignature({ method, target, headers }, secretAccessKey))
      return [403, xml('SignatureDoesNotMatch')];
    if (headers['x-amz-content-sha256'] !== sha256(body)) return [400, xml('XAmzContentSHA256Mismatch')];
    if (!target.startsWith('/pictures/')) return [404, xml('NoSuchBucket')];
    const there = objects.get(target);
    if (method === 'PUT') {
      if (there && headers['if-none-match'] === '*') return [412, xml('PreconditionFailed')];
      objects.set(target, body);
      return [200, ''];
    }
    if (method === 'DELETE') {
      objects.delete(target);
      return [204, ''];
    }
    if (!there) return [404, xml('NoSuchKey')];
    const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    if (start === undefined) return [200, there];
    if (Number(start) >= there.length)
      return [416, xml('InvalidRange'), { 'content-range': `bytes */${there.length}` }];
    const part = there.subarray(Number(start), Number(end) + 1);
    const range = `bytes ${start}-${Number(start) + part.length - 1}/${there.length}`;
    return [206, part, { 'content-range': range }];
  };
  const server: Server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    requests.push(`${request.method} ${request.url}`);
    const failure = failures.shift();
    if (failure === 0) return request.socket.destroy();
    const [status, body, headers] =
      failure === undefined ? answer(request, Buffer.concat(pieces)) : [failure, xml('SlowDown')];
    return response.writeHead(status, headers).end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    requests,
    failures,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const xml = (code: string) => `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code></Error>`;
