import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A repository of the test's hub; its files may be changed at any time, which makes a new commit. */
export interface TestRepository {
  files: Record<string, Uint8Array>;
  /** Who does not show a token is told that it is gated, or that there is none. */
  access?: 'gated' | 'private';
}

/** What goes wrong with the next request whose address matches, once. */
export type Fault = { readonly at: RegExp } & (
  | { readonly status: number; readonly headers?: Record<string, string> }
  /** The connection ends after so many bytes, once the client is known to have kept them: it loses what it has not read by then. */
  | { readonly cutAfter: number; readonly kept: () => Promise<void> }
  | { readonly stall: true }
  | { readonly garbled: true }
  | { readonly wholeOnly: true }
  | { readonly etag: string }
  | { readonly linkedEtag: string }
);

export interface Seen {
  readonly host: 'hub' | 'cdn';
  readonly path: string;
  readonly range: string | undefined;
  readonly ifRange: string | undefined;
  readonly token: string | undefined;
}

/** A server that speaks the hub's protocol, and another that it sends to for large files, as the hub does. */
export interface TestHub {
  readonly endpoint: string;
  readonly repositories: Record<string, TestRepository>;
  readonly token: string;
  readonly seen: Seen[];
  readonly faults: Fault[];
  close(): Promise<void>;
}

export async function startHub(repositories: Record<string, TestRepository>): Promise<TestHub> {
  const commits = new Map<string, Record<string, Uint8Array>>();
  const token = 'hf_test';
  const seen: Seen[] = [];
  const faults: Fault[] = [];

  const see = (host: Seen['host'], { url = '', headers }: IncomingMessage): Fault | undefined => {
    seen.push({
      host,
      path: url,
      range: headers.range,
      ifRange: headers['if-range'] as string | undefined,
      token: headers.authorization,
    });
    const index = faults.findIndex(({ at }) => at.test(`${host}${url}`));
    return index < 0 ? undefined : faults.splice(index, 1)[0];
  };

  const cdn = createServer((request, response) => {
    const fault = see('cdn', request);
    const [, commit = '', path = ''] = /^\/([0-9a-f]{40})\/(.*)$/.exec(request.url ?? '') ?? [];
    const bytes = commits.get(commit)?.[decodeURIComponent(path)];
    if (bytes === undefined) response.writeHead(404).end();
    else sendBytes(request, response, bytes, `"cdn-${hashOf(path, bytes)}"`, fault);
  });
  const cdnAddress = (await listen(cdn)).replace('127.0.0.1', 'localhost'); // another host

  const hub = createServer((request, response) => {
    const fault = see('hub', request);
    if (fault && 'status' in fault) return void response.writeHead(fault.status, fault.headers).end();
    const path = decodeURIComponent((request.url ?? '').replace(/\?.*/, ''));
    const api = /^\/api\/models\/([^/]+\/[^/]+)\/(revision|tree)\/(.+)$/.exec(path);
    const resolve = /^\/([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.+)$/.exec(path);
    const repository = repositories[api?.[1] ?? resolve?.[1] ?? ''];
    const refuse = (status: number, code: string, message: string): void => {
      response.writeHead(status, { 'x-error-code': code, 'x-error-message': message }).end();
    };
    const known = request.headers.authorization === `Bearer ${token}`;
    if (repository === undefined || (repository.access === 'private' && !known))
      return refuse(known ? 404 : 401, 'RepoNotFound', 'Repository not found');
    const head = sha1(JSON.stringify(Object.entries(repository.files).map(([name, bytes]) => [name, sha1(bytes)])));
    commits.set(head, { ...repository.files });
    if (api) {
      const commit = api[3] === 'main' ? head : (api[3] ?? '');
      const files = commits.get(commit);
      if (files === undefined) return refuse(404, 'RevisionNotFound', `Invalid rev id: ${commit}`);
      const body = api[2] === 'revision' ? { _id: '1', id: api[1], sha: commit } : tree(files);
      return void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    }
    if (repository.access === 'gated' && !known) return refuse(401, 'GatedRepo', 'Access to it is restricted');
    const [, , commit = '', name = ''] = resolve ?? [];
    const bytes = commits.get(commit)?.[name];
    if (bytes === undefined) return refuse(404, 'EntryNotFound', 'Entry not found');
    const hash = hashOf(name, bytes);
    response.setHeader('x-repo-commit', commit).setHeader('x-linked-size', bytes.byteLength);
    if (!isLarge(name)) return sendBytes(request, response, bytes, `"${hash}"`, fault);
    const linked = fault && 'linkedEtag' in fault ? fault.linkedEtag : hash;
    const location = `${cdnAddress}/${commit}/${encodeURIComponent(name)}`;
    return void response.writeHead(302, { location, 'x-linked-etag': `"${linked}"` }).end();
  });
  const endpoint = await listen(hub);
  const close = async (): Promise<void> => {
    for (const server of [hub, cdn]) {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    }
  };
  return { endpoint, repositories, token, seen, faults, close };
}

const isLarge = (name: string): boolean => name.endsWith('.safetensors');

const sha1 = (data: string | Uint8Array): string => createHash('sha1').update(data).digest('hex');

const hashOf = (name: string, bytes: Uint8Array): string =>
  isLarge(name)
    ? createHash('sha256').update(bytes).digest('hex')
    : createHash('sha1').update(`blob ${bytes.byteLength}\0`).update(bytes).digest('hex');

const tree = (files: Record<string, Uint8Array>): object[] =>
  Object.entries(files).map(([path, bytes]) => ({
    type: 'file',
    path,
    size: bytes.byteLength,
    oid: isLarge(path) ? sha1('the pointer') : hashOf(path, bytes),
    ...(isLarge(path) ? { lfs: { oid: hashOf(path, bytes), size: bytes.byteLength, pointerSize: 130 } } : {}),
  }));

function sendBytes(
  { headers }: IncomingMessage,
  response: ServerResponse,
  bytes: Uint8Array,
  ownEtag: string,
  fault: Fault | undefined,
): void {
  if (fault && 'status' in fault) return void response.writeHead(fault.status, fault.headers).end();
  if (fault && 'stall' in fault) return;
  const etag = fault && 'etag' in fault ? fault.etag : ownEtag;
  const asked = /^bytes=(\d+)-$/.exec(headers.range ?? '');
  const same = headers['if-range'] === undefined || headers['if-range'] === etag;
  const from = asked && same && !(fault && 'wholeOnly' in fault) ? Number(asked[1]) : 0;
  if (from >= bytes.byteLength && from > 0) return void response.writeHead(416).end();
  let body = bytes.subarray(from);
  if (fault && 'garbled' in fault) body = body.map((byte) => byte ^ 1);
  const range = { 'content-range': `bytes ${from}-${bytes.byteLength - 1}/${bytes.byteLength}` };
  response.writeHead(from > 0 ? 206 : 200, { etag, 'content-length': body.byteLength, ...(from > 0 ? range : {}) });
  if (!(fault && 'cutAfter' in fault)) return void response.end(body);
  response.write(body.subarray(0, fault.cutAfter));
  void fault.kept().then(() => response.destroy());
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
