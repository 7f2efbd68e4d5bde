import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newSnapshotSchema, type Snapshot, snapshotSchema } from '@bradley/arena-contract';
import {
  cardName,
  type FoundSnapshot,
  freezeSnapshot,
  listSnapshots,
  recordAudit,
  SnapshotNameTakenError,
} from '@bradley/preferences';
import { createRoute, z } from '@hono/zod-openapi';
import type { Arena } from '../context.js';
import { arenaFolders } from '../open-arena.js';
import { notFound, Refusal } from '../refusal.js';
import { requireActor, requireRole } from '../security/require-role.js';
import { jsonAnswer, jsonBody, newRoutes, refusals } from './new-routes.js';

const params = z.object({ project: z.string() });
const cardParams = params.extend({ name: z.string(), version: z.coerce.number().int().positive() });

export function snapshotRoutes(arena: Arena) {
  const folder = join(arena.folder, arenaFolders.snapshots);
  const of = async (projectId: string) => (await listSnapshots(folder)).filter(({ project }) => project === projectId);
  const routes = newRoutes();

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/api/projects/{project}/snapshots',
      summary: 'The snapshots that were frozen from a project.',
      middleware: requireRole(arena, 'owner', 'viewer'),
      request: { params },
      responses: { 200: jsonAnswer(z.array(snapshotSchema), 'by name, the newest version first'), ...refusals },
    }),
    async (c) => c.json((await of(c.get('member').projectId)).map(describe), 200),
  );

  routes.openapi(
    createRoute({
      method: 'post',
      path: '/api/projects/{project}/snapshots',
      summary: 'Freezes the comparisons of a project; where nothing has changed, answers with the newest version.',
      middleware: requireRole(arena, 'owner'),
      request: { params, body: jsonBody(newSnapshotSchema) },
      responses: { 201: jsonAnswer(snapshotSchema, 'the version'), ...refusals },
    }),
    async (c) => {
      const { projectId } = c.get('member');
      const { name } = c.req.valid('json');
      const { questions: insight } = await arena.insight.statistics(projectId);
      const frozen = await freezeSnapshot(arena.store, arena.media, { projectId, name, folder, insight }).catch(
        (error: Error) => {
          // Which project that is, is told to its members alone.
          if (error instanceof SnapshotNameTakenError && arena.mode === 'team')
            throw new Refusal(409, 'exists', `There are snapshots named ${name} already. Choose another name.`);
          throw new Refusal(409, 'not-now', error.message);
        },
      );
      const actor = requireActor(c.get('actor')).userId;
      const subject = `${frozen.name}@${frozen.version}`;
      if (frozen.isNew) await recordAudit(arena.store, { projectId, actor, action: 'snapshot.freeze', subject });
      return c.json(describe(frozen), 201);
    },
  );

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/api/projects/{project}/snapshots/{name}/{version}/card',
      summary: 'The card of a snapshot, in Markdown.',
      middleware: requireRole(arena, 'owner', 'viewer'),
      request: { params: cardParams },
      responses: { 200: { description: 'the card', content: { 'text/plain': { schema: z.string() } } }, ...refusals },
    }),
    async (c) => {
      const { name, version } = c.req.valid('param');
      const all = await of(c.get('member').projectId);
      const found = all.find((one) => one.name === name && one.version === version);
      if (!found) throw notFound(`The snapshot ${name}@${version}`);
      return c.text(await readFile(join(found.path, cardName), 'utf8'), 200);
    },
  );

  return routes;
}

function describe({ name, version, project, comparisons, media, bytes, frozenAt, path }: FoundSnapshot): Snapshot {
  const card = `/api/projects/${project}/snapshots/${name}/${version}/card`;
  return { name, version, comparisons, media, bytes, createdAt: frozenAt, trainAs: path, card };
}
