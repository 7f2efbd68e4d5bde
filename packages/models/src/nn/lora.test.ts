import { input } from '@bradley/graph';
import { describe, expect, it } from 'vitest';
import { unetConfigSchema } from '../unet/config.js';
import { unet2dCondition } from '../unet/unet-2d-condition.js';
import { linear } from './layers.js';
import { loraStore } from './lora.js';
import { type Params, paramsOf, trainableStore } from './params.js';

/** Two levels of 8 channels with one attention, and one in the middle. */
const config = unetConfigSchema.parse({
  block_out_channels: [8, 8],
  down_block_types: ['CrossAttnDownBlock2D', 'DownBlock2D'],
  up_block_types: ['UpBlock2D', 'CrossAttnUpBlock2D'],
  layers_per_block: 1,
  attention_head_dim: 2,
  cross_attention_dim: 12,
  norm_num_groups: 4,
});

const build = (p: Params): unknown =>
  unet2dCondition(p, config, input('sample', [1, 4, 8, 8]), input('timesteps', [1]), {
    encoderHiddenStates: input('text', [1, 5, 12]),
  });

function targeted(targets: readonly string[]) {
  const base = trainableStore();
  const store = loraStore(base, { rank: 2, alpha: 4, targets });
  build(paramsOf(store));
  return { base: base.trainables.map(({ name }) => name), lora: store.trainables };
}

describe('a LoRA on a UNet', () => {
  it('adds to exactly the targeted layers, in PEFT names', () => {
    const targets = ['to_q', 'to_out.0'];
    const { base, lora } = targeted(targets);
    const layers = base.flatMap((name) => /^(.*\.(?:to_q|to_out\.0))\.weight$/.exec(name)?.[1] ?? []);
    expect(layers).toHaveLength(2 * 2 * 4); // two layers of two attentions in one block down, one in the middle and two up
    expect(lora.map(({ name }) => name).sort()).toEqual(
      layers.flatMap((layer) => [`${layer}.lora_A.weight`, `${layer}.lora_B.weight`]).sort(),
    );
  });

  it('gives A the width of the input, B that of the output, and starts with B zero', () => {
    const { lora } = targeted(['attn2.to_k']);
    expect(lora.slice(0, 2)).toMatchObject([
      {
        name: expect.stringMatching(/attn2\.to_k\.lora_A\.weight$/),
        shape: [2, 12],
        initial: { kind: 'normal', deviation: 0.5 },
      },
      { name: expect.stringMatching(/attn2\.to_k\.lora_B\.weight$/), shape: [8, 2], initial: { kind: 'zeros' } },
    ]);
  });

  it('takes a target for the end of a path, never for the end of a name', () => {
    expect(targeted(['q', 'o_q', 'out.0', 'to_out']).lora).toEqual([]);
  });

  it('can add to convolutions: down with the kernel, up without', () => {
    const { lora } = targeted(['conv1']);
    expect(lora.map(({ shape }) => shape).slice(0, 2)).toEqual([
      [2, 8, 3, 3],
      [8, 2],
    ]);
  });

  it('can add to 1×1 convolutions', () => {
    const { lora } = targeted(['proj_in']);
    expect(lora.map(({ shape }) => shape).slice(0, 2)).toEqual([
      [2, 8],
      [8, 2],
    ]);
  });
});

it('gives layers ranks of their own, with the same scale, and prefixes the names of inputs', () => {
  const store = loraStore(
    trainableStore(),
    { rank: 2, alpha: 6, targets: ['to_q'], ranks: { 'b.to_q': 5 } },
    'text_encoder.',
  );
  expect([store.adapter('a.to_q', 4, 3)?.scale, store.adapter('b.to_q', 4, 3)?.scale]).toEqual([3, 3]);
  expect(store.trainables.map(({ name, shape }) => [name, shape])).toEqual([
    ['text_encoder.a.to_q.lora_A.weight', [2, 4]],
    ['text_encoder.a.to_q.lora_B.weight', [3, 2]],
    ['text_encoder.b.to_q.lora_A.weight', [5, 4]],
    ['text_encoder.b.to_q.lora_B.weight', [3, 5]],
  ]);
});

it('adds the same adapter wherever a layer is used again', () => {
  const store = loraStore(trainableStore(), { rank: 2, alpha: 2, targets: ['to_q'] });
  const p = paramsOf(store).at('to_q');
  linear(p, input('x', [1, 4]), 4);
  linear(p, input('y', [1, 4]), 4);
  expect(store.trainables).toHaveLength(2);
});

it('leaves a layer that it does not target to the LoRA below', () => {
  const below = loraStore(trainableStore(), { rank: 2, alpha: 2, targets: ['to_k'] });
  const above = loraStore(below, { rank: 3, alpha: 3, targets: ['to_q'] });
  expect(above.adapter('attn.to_k', 4, 4)?.down.shape).toEqual([2, 4]);
  expect(above.adapter('attn.to_q', 4, 4)?.down.shape).toEqual([3, 4]);
  expect(above.adapter('attn.to_v', 4, 4)).toBeNull();
});
