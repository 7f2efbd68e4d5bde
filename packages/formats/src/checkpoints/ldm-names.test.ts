import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { diffusersUNetBlocks, ldmUNetBlocks, ldmUNetNames } from './ldm-unet.js';
import { diffusersVaeBlocks, ldmVaeBlocks, ldmVaeNames } from './ldm-vae.js';
import { type ModuleNames, renaming } from './module-names.js';
import { vaeNames } from './vae.js';

const fixture = new URL('../../../../fixtures/single_file_names.json', import.meta.url);
const { table } = JSON.parse(await readFile(fixture, 'utf8')) as { table: Record<string, [string, string][]> };

/** Both directions of a table, each made from the names of its own side alone. */
const cases: [
  name: string,
  prefix: string,
  ldm: (n: ReadonlySet<string>) => ModuleNames,
  diffusers: (n: ReadonlySet<string>) => ModuleNames,
][] = [
  [
    'unet_sd15',
    'model.diffusion_model.',
    (n) => ldmUNetNames(ldmUNetBlocks(n)),
    (n) => ldmUNetNames(diffusersUNetBlocks(n)),
  ],
  [
    'unet_sdxl',
    'model.diffusion_model.',
    (n) => ldmUNetNames(ldmUNetBlocks(n)),
    (n) => ldmUNetNames(diffusersUNetBlocks(n)),
  ],
  ['vae', 'first_stage_model.', (n) => ldmVaeNames(ldmVaeBlocks(n)), (n) => ldmVaeNames(diffusersVaeBlocks(n))],
];

describe.each(cases)('the names of %s', (name, prefix, fromLdm, fromDiffusers) => {
  const pairs = (table[name] ?? []).map(([ldm, diffusers]) => [ldm.slice(prefix.length), diffusers] as const);
  const [ldmNames, diffusersNames] = [new Set(pairs.map(([a]) => a)), new Set(pairs.map(([, b]) => b))];

  it('are those that diffusers converts to', () => {
    expect(pairs.length).toBeGreaterThan(100);
    const { toDiffusers } = renaming(fromLdm(ldmNames));
    expect(pairs.map(([ldm]) => [ldm, toDiffusers(ldm)])).toEqual(pairs);
  });

  it('lead back', () => {
    const { toLdm } = renaming(fromDiffusers(diffusersNames));
    expect(pairs.map(([, diffusers]) => [toLdm(diffusers), diffusers])).toEqual(pairs);
  });
});

it('gives an autoencoder of older releases the names of today, its 1×1 convolutions seen as matrices', () => {
  const at = 'decoder.mid_block.attentions.0';
  const before = new Map([
    [`${at}.query.weight`, { shape: [8, 8, 1, 1] }],
    [`${at}.proj_attn.bias`, { shape: [8] }],
    [`${at}.key.weight`, { shape: [8, 8] }],
    [`${at}.value.weight`, { shape: [8, 8, 1] }],
    ['quant_conv.weight', { shape: [8, 8, 1, 1] }],
  ]);
  const after = new Map([
    [`${at}.to_q.weight`, { shape: [8, 8] }],
    [`${at}.to_out.0.bias`, { shape: [8] }],
    [`${at}.to_k.weight`, { shape: [8, 8] }],
    [`${at}.to_v.weight`, { shape: [8, 8] }],
    ['quant_conv.weight', { shape: [8, 8, 1, 1] }],
  ]);
  expect(vaeNames(before)).toEqual(after);
  expect(vaeNames(after)).toEqual(after);
});
