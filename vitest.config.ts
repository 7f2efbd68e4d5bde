import { defineConfig } from 'vitest/config';

/** Tests read the packages' sources (condition `source`); child processes run from `dist`, which `npm test` builds first. */
export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'apps/arena/*/src/**/*.test.{ts,tsx}',
      'bench/src/**/*.test.ts',
      'examples/**/*.test.ts',
      'reproductions/src/**/*.test.ts',
    ],
    // These have commands of their own: see vitest.<name>.config.ts.
    exclude: ['**/*.{webgpu,browser,postgres}.test.ts'],
    setupFiles: ['./vitest.setup.ts'],
    // Some tests load ONNX Runtime itself.
    env: { ORT_DISABLE_TELEMETRY: '1' },
    // How soon is not what is tested: a machine may have much else to do.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 120_000 } },
    pool: 'forks',
  },
});
