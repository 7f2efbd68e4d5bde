import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestArena, testArena } from './arena.test-support.js';

interface Operation {
  readonly summary?: string;
  readonly security?: readonly Readonly<Record<string, unknown>>[];
  readonly parameters?: readonly { in: string; name: string; required: boolean }[];
}

let test: TestArena;
let document: {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { securitySchemes: object };
};
beforeAll(async () => {
  test = await testArena();
  document = (await (await test.app.request('/api/openapi.json')).json()) as typeof document;
});
afterAll(() => test.close());

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );

describe('the description of the API', () => {
  it('has every route, what it does, and each part of its path', () => {
    const described = operations().map(({ method, path }) => `${method} ${path}`);
    const served = test.app.routes
      .filter(({ method, path }) => method !== 'ALL' && path.startsWith('/api/') && path !== '/api/openapi.json')
      .map(({ method, path }) => `${method} ${path.replace(/:(\w+)(\{[^}]*\})?/g, '{$1}')}`);
    expect([...new Set(served)].filter((one) => !described.includes(one))).toEqual([]);
    for (const { path, operation } of operations()) {
      expect(operation.summary, path).toMatch(/\.$/);
      const named = operation.parameters?.filter((one) => one.in === 'path' && one.required).map(({ name }) => name);
      expect(named ?? [], path).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
    }
  });

  it('says what each route needs: of people a session, and the csrf where it writes; of products a key', () => {
    expect(Object.keys(document.components.securitySchemes)).toEqual(['session', 'csrf', 'apiKey']);
    const needs = (route: string) => {
      const [method = '', path = ''] = route.split(' ');
      return Object.keys(document.paths[path]?.[method.toLowerCase()]?.security?.[0] ?? { nothing: 'is said' });
    };
    expect(needs('GET /api/me')).toEqual([]);
    expect(needs('POST /api/session')).toEqual(['csrf']);
    expect(needs('POST /api/invites/accept')).toEqual(['csrf']);
    expect(needs('GET /api/projects')).toEqual(['session']);
    expect(needs('POST /api/projects/{project}/invites')).toEqual(['session', 'csrf']);
    expect(needs('POST /api/v1/choices')).toEqual(['apiKey']);
    for (const { method, path } of operations().filter((one) => !one.path.startsWith('/api/v1/')))
      expect(needs(`${method} ${path}`).includes('csrf'), path).toBe(method !== 'GET');
  });
});
