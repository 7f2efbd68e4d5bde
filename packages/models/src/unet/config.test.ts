import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { perBlock, unetConfigSchema } from './config.js';

const problems = (config: object): string => {
  const { error } = unetConfigSchema.safeParse(config);
  return error ? z.prettifyError(error) : '';
};

describe('the config of a UNet', () => {
  it.each(['unet_sd15', 'unet_sd21', 'unet_sdxl'])('takes that of %s', (name) => {
    const { config } = JSON.parse(readFileSync(new URL(`../../../../fixtures/${name}.json`, import.meta.url), 'utf8'));
    expect(problems(config)).toBe('');
  });

  it('has the defaults of diffusers, which are those of SD 1.x', () => {
    expect(unetConfigSchema.parse({})).toMatchObject({
      block_out_channels: [320, 640, 1280, 1280],
      layers_per_block: 2,
      attention_head_dim: 8,
      norm_num_groups: 32,
    });
  });

  it.each<[string, object, string]>([
    ['class embeddings', { class_embed_type: 'timestep' }, 'expected null, received string\n  → at class_embed_type'],
    ['another activation', { act_fn: 'gelu' }, 'expected "silu"\n  → at act_fn'],
    ['dropout', { dropout: 0.1 }, 'expected 0\n  → at dropout'],
    ['no middle block', { mid_block_type: null }, 'expected "UNetMidBlock2DCrossAttn"\n  → at mid_block_type'],
    [
      'a block of another model',
      { down_block_types: ['AttnDownBlock2D'], block_out_channels: [32], up_block_types: ['UpBlock2D'] },
      'expected one of "CrossAttnDownBlock2D"|"DownBlock2D"\n  → at down_block_types[0]',
    ],
    [
      'more blocks than widths',
      { block_out_channels: [320, 640] },
      'has 4 entries, but block_out_channels has 2\n  → at up_block_types',
    ],
  ])('is refused for %s, naming the field and what it must be', (_what, config, message) => {
    expect(problems(config)).toContain(message);
  });
});

it('repeats a setting for every block, and refuses a list of another length', () => {
  expect(perBlock(2, 3, 'layers_per_block')).toEqual([2, 2, 2]);
  expect(perBlock([1, 2], 2, 'layers_per_block')).toEqual([1, 2]);
  expect(() => perBlock([1, 2], 3, 'layers_per_block')).toThrow(
    'unet config: layers_per_block has 2 entries for 3 blocks',
  );
});
