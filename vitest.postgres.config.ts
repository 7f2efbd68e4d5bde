import { defineConfig } from 'vitest/config';
import base from './vitest.config.ts';

/** Tests against a real PostgreSQL server, which they start and stop: `npm run test:postgres`. It needs Debian's `postgresql`. */
export default defineConfig({
  ...base,
  test: {
    ...base.test,
    include: ['packages/*/src/**/*.postgres.test.ts', 'apps/arena/*/src/**/*.postgres.test.ts'],
    exclude: [],
    maxWorkers: 1,
  },
});
