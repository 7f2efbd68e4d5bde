#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = new URL('../dist/main.js', import.meta.url);
if (existsSync(fileURLToPath(main))) await import(main.href);
else {
  console.error(
    'bradley is not built: run `npm run build` in the root of the project (`npm ci` does, unless it ignores scripts).',
  );
  process.exitCode = 1;
}
