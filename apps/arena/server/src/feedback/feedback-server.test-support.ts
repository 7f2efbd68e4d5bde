import { fileURLToPath } from 'node:url';
import { projectSettingsSchema } from '@bradley/arena-contract';
import { createApiKey, createProject } from '@bradley/preferences';
import { noServices } from '../arena.test-support.js';
import type { Arena } from '../context.js';
import { openArena } from '../open-arena.js';
import { hashOf } from '../security/secret-text.js';
import { serve } from '../serve.js';

export const testKey = 'bradley_test';

/** A project that products log in, and its key. */
export async function makeShop({ store }: Pick<Arena, 'store'>, key: string, origins: string[] = []): Promise<void> {
  const settings = projectSettingsSchema.parse({});
  await createProject(store, { id: 'shop', name: 'Shop', settings });
  await createApiKey(store, {
    ...{ id: key, projectId: 'shop', name: key, prefix: key, hash: hashOf(key), origins, createdBy: 'local' },
  });
}

/** As a program, to be killed: `folder port [new]`. */
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , folder = '', port = '0', isNew] = process.argv;
  const arena = await openArena({ folder, mode: 'local', origin: 'http://127.0.0.1', services: noServices });
  if (isNew) await makeShop(arena, testKey);
  const { origin } = await serve(arena, { host: '127.0.0.1', port: Number(port) });
  console.log(origin);
}
