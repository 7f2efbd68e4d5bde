import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Preset } from './load-run-config.js';

/** Run files without model, data and output. To add one, add its file; its first line says what it is. */
const folder = new URL('../../presets/', import.meta.url);

/** The names of the presets that come with Bradley. */
export const presetNames: readonly string[] = readdirSync(fileURLToPath(folder))
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => file.slice(0, -'.yaml'.length))
  .sort();

/** A flag that names one. */
export const presetField = z.enum(presetNames).describe('settings to start from; bradley presets lists them');

/** The text of a preset, with its comments. */
export async function readPreset(name: string): Promise<Preset> {
  return { name, text: await readFile(new URL(`${name}.yaml`, folder), 'utf8') };
}

/** What a preset says of itself in its first line. */
export const presetSummary = ({ text }: Preset): string => (text.split('\n')[0] ?? '').replace(/^#\s*/, '');
