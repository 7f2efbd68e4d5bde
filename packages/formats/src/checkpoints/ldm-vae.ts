import { countModules, type ModuleNames } from './module-names.js';

export interface VaeBlocks {
  readonly blocks: number;
  /** Resnets of an encoder block; a decoder block has one more. */
  readonly layers: number;
}

const resnetAt = (ldm: string, diffusers: string): ModuleNames =>
  ['norm1', 'conv1', 'norm2', 'conv2', ['nin_shortcut', 'conv_shortcut'] as const].map((part) => {
    const [a, b] = typeof part === 'string' ? [part, part] : part;
    return [`${ldm}.${a}`, `${diffusers}.${b}`];
  });

const middle = (side: string): ModuleNames => [
  ...resnetAt(`${side}.mid.block_1`, `${side}.mid_block.resnets.0`),
  [`${side}.mid.attn_1.norm`, `${side}.mid_block.attentions.0.group_norm`],
  [`${side}.mid.attn_1.q`, `${side}.mid_block.attentions.0.to_q`],
  [`${side}.mid.attn_1.k`, `${side}.mid_block.attentions.0.to_k`],
  [`${side}.mid.attn_1.v`, `${side}.mid_block.attentions.0.to_v`],
  [`${side}.mid.attn_1.proj_out`, `${side}.mid_block.attentions.0.to_out.0`],
  ...resnetAt(`${side}.mid.block_2`, `${side}.mid_block.resnets.1`),
];

/**
 * The autoencoder of latent-diffusion (`diffusionmodules/model.py`), under `first_stage_model.` in a file, and AutoencoderKL.
 * The decoder's blocks are numbered from the pixels there, and in the order of computing here. The attention's q, k, v
 * and proj_out are 1×1 convolutions there, (C, C, 1, 1), and matrices (C, C) here.
 */
export function ldmVaeNames({ blocks, layers }: VaeBlocks): ModuleNames {
  const rows: (readonly [string, string])[] = [
    ...[
      'encoder.conv_in',
      'encoder.conv_out',
      'decoder.conv_in',
      'decoder.conv_out',
      'quant_conv',
      'post_quant_conv',
    ].map((same) => [same, same] as const),
    ['encoder.norm_out', 'encoder.conv_norm_out'],
    ['decoder.norm_out', 'decoder.conv_norm_out'],
    ...middle('encoder'),
    ...middle('decoder'),
  ];
  for (let block = 0; block < blocks; block++) {
    const fromPixels = blocks - 1 - block;
    for (let i = 0; i < layers; i++)
      rows.push(...resnetAt(`encoder.down.${block}.block.${i}`, `encoder.down_blocks.${block}.resnets.${i}`));
    for (let i = 0; i <= layers; i++)
      rows.push(...resnetAt(`decoder.up.${fromPixels}.block.${i}`, `decoder.up_blocks.${block}.resnets.${i}`));
    rows.push(
      [`encoder.down.${block}.downsample.conv`, `encoder.down_blocks.${block}.downsamplers.0.conv`],
      [`decoder.up.${fromPixels}.upsample.conv`, `decoder.up_blocks.${block}.upsamplers.0.conv`],
    );
  }
  return rows;
}

/** Whether a tensor, by its name in a file, is the matrix that the file has as a 1×1 convolution. */
export const isLdmVaeMatrix = (name: string): boolean => /\.mid\.attn_1\.(q|k|v|proj_out)\.weight$/.test(name);

/** The blocks that the names of a file have, without its prefix. */
export function ldmVaeBlocks(names: ReadonlySet<string>): VaeBlocks {
  return { blocks: countModules(names, 'encoder.down.'), layers: countModules(names, 'encoder.down.0.block.') };
}

/** The same from the names of diffusers. */
export function diffusersVaeBlocks(names: ReadonlySet<string>): VaeBlocks {
  return {
    blocks: countModules(names, 'encoder.down_blocks.'),
    layers: countModules(names, 'encoder.down_blocks.0.resnets.'),
  };
}
