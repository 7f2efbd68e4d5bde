import { countModules, type ModuleNames } from './module-names.js';

/** What of a UNet's shape its names depend on. */
export interface UNetBlocks {
  readonly blocks: number;
  /** Resnets of a down block; an up block has one more. */
  readonly layers: number;
  /** Which up blocks attend: there the upsampler comes third, else second. */
  readonly attendedUp: readonly boolean[];
}

const resnet = [
  ['in_layers.0', 'norm1'],
  ['in_layers.2', 'conv1'],
  ['emb_layers.1', 'time_emb_proj'],
  ['out_layers.0', 'norm2'],
  ['out_layers.3', 'conv2'],
  ['skip_connection', 'conv_shortcut'],
] as const satisfies ModuleNames;

const resnetAt = (ldm: string, diffusers: string): ModuleNames =>
  resnet.map(([a, b]) => [`${ldm}.${a}`, `${diffusers}.${b}`]);

/**
 * The UNet of latent-diffusion and generative-models (`openaimodel.py`), under `model.diffusion_model.` in a file, and
 * UNet2DConditionModel. There all layers are numbered through; here they are counted in their block. The insides of an
 * attention have the same names.
 */
export function ldmUNetNames({ blocks, layers, attendedUp }: UNetBlocks): ModuleNames {
  const rows: (readonly [string, string])[] = [
    ['time_embed.0', 'time_embedding.linear_1'],
    ['time_embed.2', 'time_embedding.linear_2'],
    ['label_emb.0.0', 'add_embedding.linear_1'],
    ['label_emb.0.2', 'add_embedding.linear_2'],
    ['input_blocks.0.0', 'conv_in'],
    ['out.0', 'conv_norm_out'],
    ['out.2', 'conv_out'],
    ...resnetAt('middle_block.0', 'mid_block.resnets.0'),
    ['middle_block.1', 'mid_block.attentions.0'],
    ...resnetAt('middle_block.2', 'mid_block.resnets.1'),
  ];
  for (let block = 0; block < blocks; block++) {
    const down = 1 + block * (layers + 1);
    for (let i = 0; i < layers; i++)
      rows.push(...resnetAt(`input_blocks.${down + i}.0`, `down_blocks.${block}.resnets.${i}`), [
        `input_blocks.${down + i}.1`,
        `down_blocks.${block}.attentions.${i}`,
      ]);
    rows.push([`input_blocks.${down + layers}.0.op`, `down_blocks.${block}.downsamplers.0.conv`]);

    const up = block * (layers + 1);
    for (let i = 0; i <= layers; i++) {
      rows.push(...resnetAt(`output_blocks.${up + i}.0`, `up_blocks.${block}.resnets.${i}`));
      if (attendedUp[block]) rows.push([`output_blocks.${up + i}.1`, `up_blocks.${block}.attentions.${i}`]);
    }
    const third = attendedUp[block] ? 2 : 1;
    rows.push([`output_blocks.${up + layers}.${third}.conv`, `up_blocks.${block}.upsamplers.0.conv`]);
  }
  return rows;
}

/** The blocks that the names of a file have, without its prefix. */
export function ldmUNetBlocks(names: ReadonlySet<string>): UNetBlocks {
  const inputs = countModules(names, 'input_blocks.');
  const numbered = [...Array(inputs).keys()];
  const firstDown = numbered.find((i) => names.has(`input_blocks.${i}.0.op.weight`)) ?? inputs;
  const blocks = 1 + numbered.filter((i) => names.has(`input_blocks.${i}.0.op.weight`)).length;
  const layers = firstDown - 1;
  const attended = (block: number) => names.has(`output_blocks.${block * (layers + 1)}.1.norm.weight`);
  return { blocks, layers, attendedUp: [...Array(blocks).keys()].map(attended) };
}

/** The same from the names of diffusers. */
export function diffusersUNetBlocks(names: ReadonlySet<string>): UNetBlocks {
  const blocks = countModules(names, 'down_blocks.');
  const attended = (block: number) => names.has(`up_blocks.${block}.attentions.0.norm.weight`);
  return {
    blocks,
    layers: countModules(names, 'down_blocks.0.resnets.'),
    attendedUp: [...Array(blocks).keys()].map(attended),
  };
}
