import type { StoredTensor } from '../nn/checkpoint-store.js';
import { perBlock, type UNetConfig } from '../unet/config.js';

/** What the shapes of a UNet's tensors show of its config, by the config's names. */
export interface UNetGeometry {
  readonly in_channels: number;
  readonly out_channels: number;
  readonly block_out_channels: readonly number[];
  readonly layers_per_block: readonly number[];
  /** Of each down block; 0 where it does not attend. */
  readonly transformer_layers_per_block: readonly number[];
  readonly cross_attention_dim: number;
  readonly use_linear_projection: boolean;
  readonly projection_class_embeddings_input_dim: number | null;
}

/** Reads the geometry off tensors in the names of diffusers; what is missing counts as 0. */
export function unetGeometry(tensors: ReadonlyMap<string, Pick<StoredTensor, 'shape'>>): UNetGeometry {
  const shape = (name: string): readonly number[] => tensors.get(`${name}.weight`)?.shape ?? [];
  const count = (path: (i: number) => string): number => {
    let i = 0;
    while (tensors.has(`${path(i)}.weight`)) i++;
    return i;
  };
  const blocks = [...Array(count((b) => `down_blocks.${b}.resnets.0.conv1`)).keys()].map((b) => `down_blocks.${b}`);
  return {
    in_channels: shape('conv_in')[1] ?? 0,
    out_channels: shape('conv_out')[0] ?? 0,
    block_out_channels: blocks.map((at) => shape(`${at}.resnets.0.conv1`)[0] ?? 0),
    layers_per_block: blocks.map((at) => count((i) => `${at}.resnets.${i}.conv1`)),
    transformer_layers_per_block: blocks.map((at) =>
      count((i) => `${at}.attentions.0.transformer_blocks.${i}.attn2.to_k`),
    ),
    cross_attention_dim: shape('mid_block.attentions.0.transformer_blocks.0.attn2.to_k')[1] ?? 0,
    use_linear_projection: shape('mid_block.attentions.0.proj_in').length === 2,
    projection_class_embeddings_input_dim: shape('add_embedding.linear_1')[1] ?? null,
  };
}

/** The geometry that a config asks for. */
export function geometryOfConfig(config: UNetConfig): UNetGeometry {
  const blocks = config.block_out_channels.length;
  const depths = perBlock(config.transformer_layers_per_block, blocks, 'transformer_layers_per_block');
  return {
    in_channels: config.in_channels,
    out_channels: config.out_channels,
    block_out_channels: config.block_out_channels,
    layers_per_block: perBlock(config.layers_per_block, blocks, 'layers_per_block'),
    transformer_layers_per_block: config.down_block_types.map((type, i) =>
      type === 'CrossAttnDownBlock2D' ? (depths[i] as number) : 0,
    ),
    cross_attention_dim: [config.cross_attention_dim].flat()[0] as number,
    use_linear_projection: config.use_linear_projection,
    projection_class_embeddings_input_dim: config.projection_class_embeddings_input_dim ?? null,
  };
}

/** Where two geometries differ, a line each: `cross_attention_dim: 1024, not 768`. */
export function geometryDifferences(found: UNetGeometry, expected: UNetGeometry): string[] {
  return (Object.keys(expected) as (keyof UNetGeometry)[]).flatMap((field) => {
    const [is, wanted] = [found[field], expected[field]].map((value) => JSON.stringify(value).replaceAll(',', ', '));
    return is === wanted ? [] : [`${field}: ${is}, not ${wanted}`];
  });
}
