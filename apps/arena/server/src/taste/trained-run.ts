import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { observeRun } from '@bradley/train';
import { findRunFolder } from '../studio/run-folder.js';

/** The LoRA that a run wrote, or null where it has not, or is gone. */
export async function adapterOf(runs: string, run: string): Promise<string | null> {
  const folder = await findRunFolder(runs, run);
  if (folder === null) return null;
  const path = join(folder, 'pytorch_lora_weights.safetensors');
  return (await lstat(path).catch(() => null))?.isFile() ? path : null;
}

/** A process says something of itself within this many milliseconds, or never. */
const longestStart = 60_000;

/** How a run stands: `new` before its process said anything, `gone` where its folder is not there. */
export async function statusOf(runs: string, run: string): Promise<string> {
  const folder = await findRunFolder(runs, run);
  if (folder === null) return 'gone';
  const state = await observeRun(folder).catch(() => null);
  if (state !== null) return state.status;
  const { mtimeMs } = await lstat(join(folder, 'run.yaml'));
  return Date.now() - mtimeMs < longestStart ? 'new' : 'interrupted';
}
