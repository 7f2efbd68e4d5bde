import { input } from '@bradley/graph';
import { describe, expect, it } from 'vitest';
import { paramsOf, trainableStore } from '../nn/params.js';
import { clipConfigSchema, clipModel } from './clip-model.js';

const ids = input('ids', [1, 77], 'int64');

/** The shapes of every tensor that a config asks for. */
function tensorsOf(json: object, pixels: readonly number[]): Map<string, readonly number[]> {
  const store = trainableStore();
  clipModel(paramsOf(store), clipConfigSchema.parse(json), ids, input('pixels', pixels));
  return new Map(store.trainables.map(({ name, shape }) => [name, shape]));
}

describe('a CLIP model', () => {
  it('is ViT-B/32 where its config says nothing, as in transformers', () => {
    const tensors = tensorsOf({}, [1, 3, 224, 224]);
    expect(tensors.get('vision_model.embeddings.patch_embedding.weight')).toEqual([768, 3, 32, 32]);
    expect(tensors.get('vision_model.embeddings.position_embedding.weight')).toEqual([50, 768]);
    expect(tensors.get('text_projection.weight')).toEqual([512, 512]);
    expect(tensors.get('logit_scale')).toEqual([]);
    const layers = [...tensors.keys()].filter((name) => /layer_norm1.weight$/.test(name));
    expect(layers).toHaveLength(24);
  });

  it('takes the geometry of ViT-H/14 from its config', () => {
    const vision_config = {
      hidden_size: 1280,
      num_attention_heads: 16,
      patch_size: 14,
      intermediate_size: 5120,
      hidden_act: 'gelu',
    };
    const tensors = tensorsOf({ vision_config, projection_dim: 1024 }, [2, 3, 224, 224]);
    expect(tensors.get('vision_model.embeddings.position_embedding.weight')).toEqual([257, 1280]);
    expect(tensors.get('visual_projection.weight')).toEqual([1024, 1280]);
  });

  it('lets text_config_dict of older files stand above text_config, as transformers does', () => {
    const { text_config } = clipConfigSchema.parse({
      text_config: { hidden_size: 16, eos_token_id: 2 },
      text_config_dict: { hidden_size: 768 },
    });
    expect(text_config).toMatchObject({ hidden_size: 768, eos_token_id: 49407 });
  });

  it('refuses pictures of another size than it was made for', () => {
    expect(() => tensorsOf({}, [1, 3, 336, 336])).toThrow(
      'pictures of (3, 336, 336), but this model takes (3, 224, 224)',
    );
  });
});
