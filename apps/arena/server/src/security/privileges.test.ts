import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, client, firstOwner, invited, type TestArena, testArena } from '../arena.test-support.js';

/** Who may, of those whom `as` names: everybody else must be refused. A route that is not here fails the test. */
const owner = ['owner'];
const raters = ['owner', 'rater'];
const members = ['owner', 'rater', 'viewer'];
const signedIn = ['owner', 'rater', 'viewer', 'elsewhere'];
const everybody = [...signedIn, 'nobody'];
/** With an API key, never with a session. */
const products: string[] = [];

const mayWrite: Readonly<Record<string, readonly string[]>> = {
  'POST /api/set-up': everybody,
  'POST /api/session': everybody,
  'DELETE /api/session': everybody,
  'POST /api/invites/look': everybody,
  'POST /api/invites/accept': everybody,
  'POST /api/v1/choices': products,
  'POST /api/v1/media': products,
  'POST /api/projects': ['owner', 'elsewhere'], // the others are guests here
  'PATCH /api/projects/:project': owner,
  'DELETE /api/projects/:project': owner, // refused without its name: project-end.test.ts
  'POST /api/projects/:project/archive': owner,
  'POST /api/projects/:project/restore': owner,
  'POST /api/projects/:project/invites': owner,
  'DELETE /api/projects/:project/invites/:invite': owner,
  'POST /api/projects/:project/keys': owner,
  'DELETE /api/projects/:project/keys/:key': owner,
  'POST /api/projects/:project/media': owner,
  'POST /api/projects/:project/tasks': owner,
  'PATCH /api/projects/:project/members/:rater': owner,
  'DELETE /api/projects/:project/members/:rater': owner,
  'POST /api/projects/:project/raters/:rater/forget': members, // one's own; people.test.ts tries others'
  'POST /api/projects/:project/votes': raters,
  'POST /api/projects/:project/votes/undo': raters,
  'POST /api/projects/:project/consent': raters,
  'POST /api/projects/:project/prompts': raters,
  'POST /api/projects/:project/taste': owner,
  'POST /api/projects/:project/verdict': owner,
  'PATCH /api/projects/:project/comparisons/:id': owner,
  'DELETE /api/projects/:project/comparisons/:id': owner,
  'POST /api/projects/:project/comparisons/:id/restore': owner,
  'PUT /api/projects/:project/comparisons/:id/known': owner,
  'DELETE /api/projects/:project/comparisons/:id/known': owner,
  'POST /api/projects/:project/imports': owner,
  'POST /api/projects/:project/snapshots': owner,
  'POST /api/runs': [], // only the one person of a local arena: a config may name any file
  'POST /api/runs/:run/control': [], // of a run that is nobody's here
  'POST /api/runs/:run/verdict': [],
};

let test: TestArena;
let as: Readonly<Record<string, Client>>;
let routes: { method: string; path: string }[];
beforeAll(async () => {
  test = await testArena({ mode: 'team' });
  const ada = await firstOwner(test);
  await ada('POST', '/api/projects', { id: 'cats', name: 'Cats' });
  await ada('POST', '/api/projects', { id: 'dogs', name: 'Dogs' });
  as = {
    owner: ada,
    rater: await invited(test, ada, { project: 'cats', role: 'rater', name: 'Rater' }),
    viewer: await invited(test, ada, { project: 'cats', role: 'viewer', name: 'Viewer' }),
    /** An owner, but of another project. */
    elsewhere: await invited(test, ada, { project: 'dogs', role: 'owner', name: 'Bo', email: 'bo@team.example' }),
    nobody: await client(test),
  };
  const all = test.app.routes.filter(({ method, path }) => method !== 'ALL' && path.startsWith('/api'));
  routes = [...new Map(all.map(({ method, path }) => [`${method} ${path}`, { method, path }])).values()];
});
afterAll(() => test.close());

const addressOf = (path: string) =>
  path
    .replace(':project', 'cats')
    .replace(/:\w+\{\.\+\}/, 'file')
    .replace(/:\w+/g, 'none');
const ask = (who: string, { method, path }: { method: string; path: string }) =>
  (as[who] as Client)(method, addressOf(path), method === 'GET' ? undefined : bodyOf(path));
/** Nothing that does anything; of a run, which is nobody's here, what would. */
const bodyOf = (path: string) => (path.endsWith('/control') ? { action: 'pause' } : {});
const isRefused = ({ status }: Response) => status === 401 || status === 403;

describe('what writes', () => {
  it('is all in the table above, and in the description of the API', async () => {
    const writing = routes.filter(({ method }) => method !== 'GET').map(({ method, path }) => `${method} ${path}`);
    expect(writing.toSorted()).toEqual(Object.keys(mayWrite).toSorted());
    const { paths } = (await (await test.app.request('/api/openapi.json')).json()) as { paths: Record<string, object> };
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
    );
    expect(writing.filter((one) => !described.includes(one))).toEqual([]);
  });

  it.each(['nobody', 'elsewhere', 'viewer', 'rater', 'owner'])('is done or refused for who is %s', async (who) => {
    for (const [route, may] of Object.entries(mayWrite)) {
      const [method = '', path = ''] = route.split(' ');
      if (route === 'DELETE /api/session') continue; // signs out: people.test.ts
      const answer = await ask(who, { method, path });
      const { code, error } = (await answer.json().catch(() => ({}))) as { code?: string; error?: string };
      // Who is not in the project must not learn that it exists.
      const outside = path.includes(':project') && who === 'elsewhere';
      const refused = isRefused(answer) || (outside && answer.status === 404 && code === 'not-found');
      const noRun = path.startsWith('/api/runs/') && answer.status === 404;
      // Refused for another reason than who asks.
      const otherwise = code === 'no-set-up' || code === 'wrong-password' || error?.startsWith('Paths are for');
      expect(`${who} ${route}: ${(refused && !otherwise) || noRun ? 'refused' : 'let in'}`).toBe(
        `${who} ${route}: ${may.includes(who) ? 'let in' : 'refused'}`,
      );
    }
  });
});

describe('what reads', () => {
  const open = ['/api', '/api/openapi.json', '/api/me'];

  it('of a project is for its members, and everything but what the page begins with is for who is signed in', async () => {
    for (const route of routes.filter(({ method, path }) => method === 'GET' && !open.includes(path))) {
      const query = route.path === '/api/media/:sha256' ? '?project=cats&seal=x' : '';
      const nobody = await (as.nobody as Client)('GET', addressOf(route.path) + query);
      expect(`${route.path} ${isRefused(nobody) || query !== ''}`).toBe(`${route.path} true`);
      expect(nobody.status).toBeGreaterThanOrEqual(400);
      if (!route.path.includes(':project')) continue;
      const answer = await ask('elsewhere', route);
      expect(`${route.path} ${answer.status}`).toBe(`${route.path} 404`);
    }
  });

  it.each(['/members', '/raters', '/invites', '/keys', '/audit', '/comparisons', '/imports'])(
    'of people and secrets is not for raters: %s',
    async (path) => {
      expect((await (as.rater as Client)('GET', `/api/projects/cats${path}`)).status).toBe(403);
      expect((await (as.owner as Client)('GET', `/api/projects/cats${path}`)).status).toBe(200);
    },
  );
});
