import { existsSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import base from './vitest.config.ts';

/**
 * Tests that need a WebGPU adapter: `npm run test:webgpu`. Without a GPU they run on SwiftShader, a software adapter that comes
 * with Debian's chromium; it has to be named before a process starts, and the processes of tests start after this.
 */
const chromium = '/usr/lib/chromium';
const softwareAdapter = `${chromium}/vk_swiftshader_icd.json`;
if (!process.env.VK_ICD_FILENAMES && existsSync(softwareAdapter)) {
  process.env.VK_ICD_FILENAMES = softwareAdapter;
  process.env.LD_LIBRARY_PATH = [process.env.LD_LIBRARY_PATH, chromium].filter(Boolean).join(':');
}

export default defineConfig({
  ...base,
  test: {
    ...base.test,
    include: ['packages/*/src/**/*.webgpu.test.ts'],
    exclude: [],
    maxWorkers: 1,
  },
});
