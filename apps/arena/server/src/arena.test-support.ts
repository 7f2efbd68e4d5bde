import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Role } from '@bradley/arena-contract';
import { createApp } from './app.js';
import type { Arena } from './context.js';
import { type ArenaOptions, openArena } from './open-arena.js';
import { setUpLink } from './people/set-up.js';
import type { ArenaServices } from './services.js';

/** For tests that draw no picture and start no run. */
export const noServices: ArenaServices = {
  drawer: null,
  runs: {
    folder: join(tmpdir(), 'no-runs'),
    startTaste: () => Promise.reject(new Error('this arena trains nothing')),
    start: () => Promise.reject(new Error('this arena trains nothing')),
    resume: () => Promise.reject(new Error('this arena trains nothing')),
    describe: async () => ({ objective: null, model: null, data: null }),
  },
};

export interface TestArena {
  readonly arena: Arena;
  readonly app: ReturnType<typeof createApp>;
  /** Closes the arena and deletes its folder. */
  close(): Promise<void>;
}

/** An arena with a real store in a temporary folder. Origin http://localhost, which is what `app.request('/api/…')` asks. */
export async function testArena(options: Partial<ArenaOptions> = {}): Promise<TestArena> {
  const folder = await mkdtemp(join(tmpdir(), 'arena-'));
  const arena = await openArena({
    folder,
    mode: 'local',
    origin: 'http://localhost',
    services: noServices,
    ...options,
  });
  return {
    arena,
    app: createApp(arena),
    close: async () => {
      await arena.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** As the page would ask: with its origin, its token and its cookies, the body as JSON, or as it is where it is bytes. */
export type Client = (method: string, path: string, body?: unknown) => Promise<Response>;

/** The page of one browser. */
export async function client({ app, arena }: Pick<TestArena, 'app' | 'arena'>): Promise<Client> {
  const cookies = new Map<string, string>();
  const send = async (method: string, path: string, headers: Record<string, string>, body?: unknown) => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await app.request(path, {
      method,
      headers: { origin: arena.origin, ...(cookie && { cookie }), ...headers },
      ...(body !== undefined && { body: body instanceof Uint8Array ? new Uint8Array(body) : JSON.stringify(body) }),
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/max-age=0/i.test(line)) cookies.delete(name);
      else cookies.set(name, value);
    }
    return answer;
  };
  return async (method, path, body) => {
    if (method === 'GET') return send(method, path, {});
    const { csrf } = (await (await send('GET', '/api/me', {})).json()) as { csrf: string };
    const type = body instanceof Uint8Array ? 'application/octet-stream' : 'application/json';
    return send(method, path, { 'x-csrf-token': csrf, 'content-type': type }, body);
  };
}

const password = 'correct horse battery';

/** The page of the first account of a team's arena. */
export async function firstOwner(test: TestArena): Promise<Client> {
  const send = await client(test);
  const secret = (await setUpLink(test.arena))?.split('#')[1];
  await expectDone(send('POST', '/api/set-up', { secret, name: 'Ada', email: 'ada@team.example', password }));
  return send;
}

/** The page of somebody who comes by an invite that `owner` makes: a guest, or with an e-mail address an account. */
export async function invited(
  test: TestArena,
  owner: Client,
  { project, role, name, email }: { project: string; role: Role; name: string; email?: string },
): Promise<Client> {
  const made = await expectDone(owner('POST', `/api/projects/${project}/invites`, { role }));
  const { link } = (await made.json()) as { link: string };
  const send = await client(test);
  const account = email && { email, password };
  await expectDone(
    send('POST', '/api/invites/accept', { secret: link.split('#')[1], name, ...(account && { account }) }),
  );
  return send;
}

async function expectDone(answer: Promise<Response>): Promise<Response> {
  const done = await answer;
  if (!done.ok) throw new Error(`${done.status}: ${await done.text()}`);
  return done;
}
