import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** The page as files that the arena's server serves: everything in them, nothing loaded from elsewhere. */
export default defineConfig({
  plugins: [react()],
  resolve: { conditions: ['source', 'module', 'browser', 'import', 'default'] },
  build: {
    outDir: 'dist',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1000,
    // Every schema in one chunk, in the order of imports: none is made before api/zod-without-eval.
    rolldownOptions: {
      output: { codeSplitting: { groups: [{ name: 'schemas', test: /[\\/]zod|arena[\\/]contract/ }] } },
    },
  },
  server: { proxy: { '/api': 'http://127.0.0.1:4680' } },
});
