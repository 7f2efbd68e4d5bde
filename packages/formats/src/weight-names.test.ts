import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseWeights } from './weight-names.js';

const full = 'model.safetensors';
const half = 'model.fp16.safetensors';
const other = 'model.non_ema.safetensors';

describe('the weights of a folder', () => {
  it('are the ones without a variant, unless a variant is asked for', () => {
    expect(chooseWeights([half, full, other])).toEqual({ file: full, variant: null });
    expect(chooseWeights([half, full, other], { variant: 'fp16' })).toEqual({ file: half, variant: 'fp16' });
    expect(chooseWeights([half, full, other], { variant: 'non_ema' })).toEqual({ file: other, variant: 'non_ema' });
  });

  it('say that they are something else than was asked for', () => {
    expect(chooseWeights([half])).toEqual({ file: half, variant: 'fp16' });
    expect(chooseWeights([other])).toEqual({ file: other, variant: 'non_ema' });
    expect(chooseWeights([full], { variant: 'fp16' })).toEqual({ file: full, variant: null });
  });

  it('are none where several variants leave a choice, or another variant is asked for', () => {
    expect(chooseWeights([other, 'model.bf16.safetensors'])).toBe(null);
    expect(chooseWeights([half], { variant: 'bf16' })).toBe(null);
    expect(chooseWeights(['pytorch_model.bin', 'model.fp16.bin'])).toBe(null);
  });

  it.each([
    ['diffusion_pytorch_model.safetensors.index.json', null],
    ['diffusion_pytorch_model.safetensors.index.fp16.json', 'fp16'],
    ['diffusion_pytorch_model.fp16.safetensors.index.json', 'fp16'],
  ])('may be in shards: %s', (file, variant) => {
    const shards = ['-00001-of-00002', '.fp16-00001-of-00002'].map((n) => `diffusion_pytorch_model${n}.safetensors`);
    expect(chooseWeights([...shards, file])).toEqual({ file, variant });
    expect(chooseWeights([...shards, file], { variant: 'fp16' })).toEqual({ file, variant });
  });

  it('do not depend on the order of the names, and are one of them', () => {
    const names = fc.subarray([full, half, other, 'model.bf16.safetensors', 'model.safetensors.index.json']);
    fc.assert(
      fc.property(names, fc.constantFrom(null, 'fp16', 'non_ema'), (some, variant) => {
        const choice = chooseWeights(some, { variant });
        expect(chooseWeights([...some].reverse(), { variant })).toEqual(choice);
        if (choice !== null) expect(some).toContain(choice.file);
      }),
    );
  });
});
