import { defineConfig } from 'vitest/config';
import base from './vitest.config.ts';

/** Tests that drive the built arena in Chromium, with the real server and the real model: `npm run test:browser`. */
export default defineConfig({
  ...base,
  test: {
    ...base.test,
    include: ['apps/arena/browser/*.browser.test.ts'],
    exclude: [],
    maxWorkers: 1,
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
