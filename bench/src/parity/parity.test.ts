import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type Line, parity } from './parity.js';
import { kinds } from './table.js';

const folder = fileURLToPath(new URL('../../../fixtures', import.meta.url));
/** A case names itself; JSON files with a second dot in their name are parts of cases. */
const names = readdirSync(folder)
  .filter((file) => /^[^.]+\.json$/.test(file))
  .map((file) => file.slice(0, -'.json'.length));

/** Runs of models that do not exist here, in cases whose other runs do. */
const otherModels = new Set(['lora_interop_files/sd3']);

async function run(name: string): Promise<Line[]> {
  const lines: Line[] = [];
  for await (const line of parity(folder, name)) lines.push(line);
  return lines;
}

// Whole models, forward and backward: about ten seconds of one core.
describe.each(names)('the case %s', (name) => {
  it('agrees with the reference', async () => {
    const lines = await run(name);
    expect(lines.length).toBeGreaterThan(0);
    const wanting = lines.filter(({ verdict, name: run }) => verdict !== 'pass' && !otherModels.has(run));
    expect(wanting).toEqual([]);
  });
});

it('has a golden case for every kind', () => {
  const unused = kinds.filter(([prefix]) => !names.some((name) => name.startsWith(prefix)));
  expect(unused.map(([prefix]) => prefix)).toEqual([]);
});

it('calls a case of no kind unsupported, and a case that cannot be read a failure', async () => {
  expect(await run('of_another_kind')).toEqual([{ verdict: 'unsupported', name: 'of_another_kind' }]);
  expect(await run('unet_missing')).toEqual([
    { verdict: 'fail', name: 'unet_missing', note: expect.stringContaining('unet_missing.json') },
  ]);
});
