import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { allocatorEnvironment } from '@bradley/train';
import { z } from 'zod';
import type { RunConfig } from '../../config/run-config.js';

/** What three steps of a run took. */
export const calibrationSchema = z.object({
  /** Building and loading the step. */
  loadSeconds: z.number(),
  /** Of a forward and backward pass: the first, which is slower, and those after it. */
  passSeconds: z.array(z.number()),
  /** Of the optimiser. */
  updateSeconds: z.array(z.number()),
  /** High-water mark of resident memory; null where the system does not say. */
  peak: z.number().nullable(),
});
export type Calibration = z.infer<typeof calibrationSchema>;

const processModule = new URL('./calibration-process.js', import.meta.url);

/**
 * Runs three steps of a run on made-up latents of its shapes, in a process like the run's own. Nothing is written but to a temporary
 * folder, which is removed.
 */
export async function calibrate(config: RunConfig, sides: number): Promise<Calibration> {
  const folder = await mkdtemp(join(tmpdir(), 'bradley-dry-run-'));
  try {
    await writeFile(join(folder, 'config.json'), JSON.stringify(config));
    return calibrationSchema.parse(JSON.parse(await outputOf([fileURLToPath(processModule), folder, `${sides}`])));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function outputOf(command: readonly string[]): Promise<string> {
  const env = { ...process.env, ...allocatorEnvironment(process.env) };
  const child = spawn(process.execPath, command, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [output, errors]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (data: Buffer) => output.push(data));
  child.stderr.on('data', (data: Buffer) => errors.push(data));
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (...ended) => resolve(ended));
  });
  if (code !== 0)
    throw new Error(
      `the calibration steps ${signal ? `were ended by ${signal}, perhaps for lack of memory` : 'failed'}: ${Buffer.concat(errors).toString().trim()}`,
    );
  return Buffer.concat(output).toString();
}

/** Median of the passes after the first. */
export function secondsPerStep({ passSeconds, updateSeconds }: Calibration, accumulate: number): number {
  return accumulate * median(passSeconds.slice(1)) + median(updateSeconds.slice(1));
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] as number) + (sorted[Math.ceil(middle)] as number)) / 2;
}
