import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TensorEntry } from '../safetensors-header.js';
import { float32Tensor, type Tensor } from '../tensor.js';
import { sourceOf, type TensorSource, type TensorView } from '../tensor-source.js';
import { type LdmLayout, ldmLayouts, readLdm, SingleFileError, writeLdm } from './ldm.js';

/** A pipeline of the smallest sizes, in the names of diffusers, with different numbers in every tensor. */
function tinyParts(layout: LdmLayout, { blocks = 2, layers = 1, depth = 1, textLayers = 2 } = {}) {
  let next = 0;
  const part = (shapes: readonly (readonly [string, readonly number[]])[]) =>
    new Map(
      shapes.map(([name, shape]): [string, Tensor] => {
        const length = shape.reduce((a, b) => a * b, 1);
        return [
          name,
          float32Tensor(
            shape,
            Float32Array.from({ length }, () => next++),
          ),
        ];
      }),
    );
  const module = (at: string, ...shape: number[]) => [
    [`${at}.weight`, shape] as const,
    [`${at}.bias`, [shape[0] as number]] as const,
  ];
  const resnet = (at: string) =>
    ['norm1', 'conv1', 'norm2', 'conv2', 'conv_shortcut'].flatMap((of) => module(`${at}.${of}`, 2, 1));
  const range = (n: number) => [...Array(n).keys()];
  const attention = (at: string) => [
    ...module(`${at}.norm`, 2),
    ...range(depth).flatMap((i) => module(`${at}.transformer_blocks.${i}.attn2.to_k`, 2, 3)),
  ];
  const unet = part([
    ...['conv_in', 'conv_norm_out', 'conv_out', 'time_embedding.linear_1', 'time_embedding.linear_2'].flatMap((at) =>
      module(at, 2),
    ),
    ...resnet('mid_block.resnets.0'),
    ...attention('mid_block.attentions.0'),
    ...resnet('mid_block.resnets.1'),
    ...range(blocks).flatMap((b) => [
      ...range(layers).flatMap((i) => [
        ...resnet(`down_blocks.${b}.resnets.${i}`),
        ...(b > 0 ? attention(`down_blocks.${b}.attentions.${i}`) : []),
      ]),
      ...range(layers + 1).flatMap((i) => [
        ...resnet(`up_blocks.${b}.resnets.${i}`),
        ...(b < blocks - 1 ? attention(`up_blocks.${b}.attentions.${i}`) : []),
      ]),
      ...(b < blocks - 1
        ? [...module(`down_blocks.${b}.downsamplers.0.conv`, 2), ...module(`up_blocks.${b}.upsamplers.0.conv`, 2)]
        : []),
    ]),
  ]);
  const middle = (side: string) => [
    ...resnet(`${side}.mid_block.resnets.0`),
    ...module(`${side}.mid_block.attentions.0.group_norm`, 2),
    ...['to_q', 'to_k', 'to_v', 'to_out.0'].flatMap((of) => module(`${side}.mid_block.attentions.0.${of}`, 2, 2)),
    ...resnet(`${side}.mid_block.resnets.1`),
  ];
  const vae = part([
    ...['quant_conv', 'post_quant_conv'].flatMap((at) => module(at, 2)),
    ...['encoder', 'decoder'].flatMap((side) => [
      ...['conv_in', 'conv_out', 'conv_norm_out'].flatMap((of) => module(`${side}.${of}`, 2)),
      ...middle(side),
    ]),
    ...range(blocks).flatMap((b) => [
      ...range(layers).flatMap((i) => resnet(`encoder.down_blocks.${b}.resnets.${i}`)),
      ...range(layers + 1).flatMap((i) => resnet(`decoder.up_blocks.${b}.resnets.${i}`)),
      ...(b < blocks - 1
        ? [
            ...module(`encoder.down_blocks.${b}.downsamplers.0.conv`, 2),
            ...module(`decoder.up_blocks.${b}.upsamplers.0.conv`, 2),
          ]
        : []),
    ]),
  ]);
  const text = (projection: boolean) =>
    part([
      ['text_model.embeddings.token_embedding.weight', [5, 4]],
      ['text_model.embeddings.position_embedding.weight', [3, 4]],
      ...range(textLayers).flatMap((i) =>
        [
          'layer_norm1',
          'layer_norm2',
          'self_attn.q_proj',
          'self_attn.k_proj',
          'self_attn.v_proj',
          'self_attn.out_proj',
          'mlp.fc1',
          'mlp.fc2',
        ].flatMap((of) => module(`text_model.encoder.layers.${i}.${of}`, 4, 4)),
      ),
      ...module('text_model.final_layer_norm', 4),
      ...(projection ? [['text_projection.weight', [2, 4]] as const] : []),
    ]);
  const encoders: Record<LdmLayout, object> = {
    sd1: { text_encoder: text(false) },
    sd2: { text_encoder: text(false) },
    sdxl: { text_encoder: text(false), text_encoder_2: text(true) },
    'sdxl-refiner': { text_encoder_2: text(true) },
  };
  return { unet, vae, ...encoders[layout] } as Readonly<Record<string, Map<string, Tensor>>>;
}

const sources = (parts: Readonly<Record<string, Map<string, Tensor>>>) =>
  Object.fromEntries(
    Object.entries(parts).map(([part, tensors]) => [
      part,
      new Map([...tensors].map(([name, tensor]) => [name, sourceOf(tensor)])),
    ]),
  );

/** A single file in memory: its bytes, and where each tensor lies in them. */
async function packed(tensors: ReadonlyMap<string, TensorSource>) {
  const numbers: number[] = [];
  const entries = new Map<string, TensorEntry>();
  for (const [name, source] of tensors) {
    const { data } = await source.read();
    entries.set(name, {
      dtype: 'float32',
      shape: source.shape,
      offset: 4 * numbers.length,
      byteLength: data.byteLength,
    });
    numbers.push(...(data as Float32Array));
  }
  return { entries, bytes: Float32Array.from(numbers) };
}

/** The numbers that a view shows. */
function seen(bytes: Float32Array, { shape, offset, byteLength, transposed }: TensorView): Tensor {
  const data = bytes.slice(offset / 4, (offset + byteLength) / 4);
  if (!transposed) return float32Tensor(shape, data);
  const [rows, columns] = shape as [number, number];
  return float32Tensor(
    shape,
    data.map((_, i) => data[(i % columns) * rows + Math.floor(i / columns)] as number),
  );
}

describe.each(ldmLayouts)('a single file of %s', (layout) => {
  it('gives back every number of the parts it was written from, whatever their size', () =>
    fc.assert(
      fc.asyncProperty(
        fc.record({
          blocks: fc.integer({ min: 1, max: 4 }),
          layers: fc.integer({ min: 1, max: 3 }),
          depth: fc.integer({ min: 1, max: 2 }),
          textLayers: fc.integer({ min: 1, max: 3 }),
        }),
        async (size) => {
          const parts = tinyParts(layout, size);
          const { entries, bytes } = await packed(writeLdm(layout, sources(parts)));
          const read = readLdm(entries);
          expect(read.layout).toBe(layout);
          expect(Object.keys(read.parts).sort()).toEqual(Object.keys(parts).sort());
          for (const [part, tensors] of Object.entries(read.parts)) {
            expect([...tensors.keys()].sort()).toEqual([...(parts[part] as Map<string, Tensor>).keys()].sort());
            for (const [name, view] of tensors) expect(seen(bytes, view), name).toEqual(parts[part]?.get(name));
          }
        },
      ),
      { numRuns: 15 },
    ));

  it('has other names than diffusers for all but the insides of attentions and of CLIP', async () => {
    const names = [...writeLdm(layout, sources(tinyParts(layout))).keys()];
    expect(names.filter((name) => /(down|up|mid)_block|resnets|conv_shortcut/.test(name))).toEqual([]);
  });

  it('may hold more: what belongs to no part is left out', async () => {
    const { entries } = await packed(writeLdm(layout, sources(tinyParts(layout))));
    const plain = readLdm(entries);
    const [first] = entries.values();
    const more = [
      'model_ema.diffusion_modelinput_blocks00weight',
      'alphas_cumprod',
      'first_stage_model.loss.logvar',
      'cond_stage_model.logit_scale',
    ];
    expect(readLdm(new Map([...entries, ...more.map((name) => [name, first as TensorEntry] as const)]))).toEqual(plain);
  });

  it('is refused with a UNet that has more layers than the names know', async () => {
    const { entries } = await packed(writeLdm(layout, sources(tinyParts(layout))));
    const [first] = entries.values();
    const strange = new Map([...entries, ['model.diffusion_model.motion_modules.0.weight', first as TensorEntry]]);
    expect(() => readLdm(strange)).toThrow(/1 tensors that no Stable Diffusion has: motion_modules\.0\.weight/);
  });
});

describe('a file that is no whole model', () => {
  const of = (...names: string[]) =>
    readLdm.bind(
      null,
      new Map(names.map((name) => [name, { dtype: 'float32', shape: [1], offset: 0, byteLength: 4 }] as const)),
    );
  it.each<[string, string[], RegExp]>([
    ['a LoRA', ['lora_unet_down_blocks_0.lora_down.weight'], /it is a LoRA/],
    ['Flux', ['model.diffusion_model.double_blocks.0.img_attn.qkv.weight'], /it is a Flux/],
    ['SD 3', ['model.diffusion_model.joint_blocks.0.x_block.attn.qkv.weight'], /it is a Stable Diffusion 3/],
    ["diffusers' UNet", ['down_blocks.0.resnets.0.conv1.weight'], /'unet' folder/],
    [
      'a UNet alone',
      ['model.diffusion_model.out.0.weight'],
      /it has unet \(model\.diffusion_model\.\*\), but no vae and no text_encoder/,
    ],
    [
      'a UNet and a text encoder',
      ['model.diffusion_model.out.0.weight', 'cond_stage_model.model.ln_final.weight'],
      /but no vae: a file with all parts is needed/,
    ],
    ['something else', ['a', 'b', 'c', 'd'], /no part of a Stable Diffusion: 4 tensors, the first a, b, c$/],
    ['nothing', [], /0 tensors, the first none/],
  ])('is told what it is: %s', (_what, names, message) => {
    expect(of(...names)).toThrow(SingleFileError);
    expect(of(...names)).toThrow(message);
  });

  it('is told so whatever the names are', () =>
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.string(),
            fc.constantFrom(
              'model.diffusion_model.',
              'input_blocks.',
              'first_stage_model.',
              'cond_stage_model.model.transformer.resblocks.',
              '999999999',
              '.weight',
            ),
          ),
        ),
        (words) => {
          try {
            readLdm(new Map([[words.join(''), { dtype: 'float32', shape: [1], offset: 0, byteLength: 4 }]]));
          } catch (error) {
            expect(error).toBeInstanceOf(SingleFileError);
          }
        },
      ),
    ));
});
