import type { Overrides } from 'bradley';

/** Work whose memory is both predicted and measured. */
export interface MemoryCase {
  readonly name: string;
  /** `models/emoji`, or a geometry with the storage of its weights. */
  readonly model: 'emoji' | { readonly geometry: string; readonly storage: 'fp32' | 'fp16' };
  /** The phase that is measured alone. */
  readonly phase: 'training' | 'encoding pictures' | 'sampling: denoising' | 'sampling: decoding';
  /** Over a LoRA of rank 8, Diffusion-DPO, one pair. */
  readonly set: Overrides;
}

const sd15 = (storage: 'fp32' | 'fp16'): MemoryCase['model'] => ({ geometry: 'sd15', storage });
const lean = { 'train.recompute': true };
const small = { 'data.resolution': 256 };

export const memoryCases: readonly MemoryCase[] = [
  { name: 'emoji LoRA, 8 pairs', model: 'emoji', phase: 'training', set: { 'train.batch': 8 } },
  { name: 'emoji LoRA, 32 pairs', model: 'emoji', phase: 'training', set: { 'train.batch': 32 } },
  { name: 'emoji LoRA, 32 pairs, recompute', model: 'emoji', phase: 'training', set: { 'train.batch': 32, ...lean } },
  { name: 'emoji full, 8 pairs', model: 'emoji', phase: 'training', set: { 'train.batch': 8, 'adapter.kind': 'full' } },
  {
    name: 'emoji full, 32 pairs',
    model: 'emoji',
    phase: 'training',
    set: { 'train.batch': 32, 'adapter.kind': 'full' },
  },
  { name: 'SD 1.5 LoRA, 256×256, recompute', model: sd15('fp32'), phase: 'training', set: { ...small, ...lean } },
  { name: 'SD 1.5 LoRA, 256×256', model: sd15('fp32'), phase: 'training', set: small },
  {
    name: 'SD 1.5 LoRA, 256×256, 2 pairs, recompute',
    model: sd15('fp32'),
    phase: 'training',
    set: { ...small, ...lean, 'train.batch': 2 },
  },
  { name: 'SD 1.5 LoRA, 512×512, recompute', model: sd15('fp32'), phase: 'training', set: lean },
  { name: 'SD 1.5 LoRA, 512×512', model: sd15('fp32'), phase: 'training', set: {} },
  {
    name: 'SD 1.5 LoRA, 512×512, 2 pairs, recompute',
    model: sd15('fp32'),
    phase: 'training',
    set: { ...lean, 'train.batch': 2 },
  },
  { name: 'SD 1.5 fp16 LoRA, 256×256, recompute', model: sd15('fp16'), phase: 'training', set: { ...small, ...lean } },
  { name: 'SD 1.5 fp16 LoRA, 512×512, recompute', model: sd15('fp16'), phase: 'training', set: lean },
  { name: 'SD 1.5, encoding, 256×256', model: sd15('fp32'), phase: 'encoding pictures', set: small },
  { name: 'SD 1.5, encoding, 512×512', model: sd15('fp32'), phase: 'encoding pictures', set: {} },
  { name: 'SD 1.5, decoding, 512×512', model: sd15('fp32'), phase: 'sampling: decoding', set: {} },
  { name: 'SD 1.5, denoising, 512×512', model: sd15('fp32'), phase: 'sampling: denoising', set: {} },
];
