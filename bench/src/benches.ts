import type { Storage } from './geometries.js';

/** A kind of work that both sides do. */
export interface Bench {
  readonly name: string;
  readonly what: string;
  /** Images, or pairs for the DPO steps. */
  readonly batch: number;
  /** A new process for every unit: the work is done once in a process's life. */
  readonly fresh: boolean;
  /** Of a fresh process: count from its start, not from when it is ready. Default false. */
  readonly fromStart?: boolean;
  /** Its worker has one session and can write an operator profile. */
  readonly profile: boolean;
  /** In `bench/peers`; null where PyTorch has no place for it beside ours. */
  readonly peer: string | null;
  /** In `bench/dist/workers`. */
  readonly worker: string;
  /** Further arguments of either side. */
  readonly arguments?: { readonly ours?: readonly string[]; readonly theirs?: readonly string[] };
  /** Another model than the one that is asked for: random weights of a true geometry. */
  readonly geometry?: { readonly name: string; readonly storage: Storage };
  /** Default 20. */
  readonly rounds?: number;
  /** Rounds before those that count. Default 2; 1 where a process does one unit. */
  readonly warmup?: number;
  /** Said with the result. */
  readonly note?: string;
}

const loraStep = {
  batch: 1,
  fresh: false,
  profile: true,
  peer: 'lora_dpo_step.py',
  worker: 'lora-dpo-step.js',
} as const;
const scoring = {
  fresh: false,
  profile: false,
  peer: 'clip_score.py',
  worker: 'clip-score.js',
  rounds: 8,
} as const;
const large = { rounds: 3, warmup: 1 } as const;
const sd15 = (storage: Storage) => ({ ...large, geometry: { name: 'sd15', storage } });

/** By suite: `npm run bench` runs the first, `npm run bench -- sd15` another. */
export const suites: Readonly<Record<string, readonly Bench[]>> = {
  emoji: [
    {
      ...loraStep,
      name: 'lora-dpo-step',
      what: 'one Diffusion-DPO step on a LoRA of rank 8, the reference being the network without it',
      batch: 8,
    },
    {
      name: 'full-dpo-step',
      what: 'one Diffusion-DPO step on the whole UNet, the reference being a frozen copy',
      batch: 8,
      fresh: false,
      profile: true,
      peer: 'full_dpo_step.py',
      worker: 'full-dpo-step.js',
    },
    {
      name: 'full-step',
      what: 'one denoising step on the whole UNet and text encoder, as in pretraining',
      batch: 64,
      fresh: false,
      profile: true,
      peer: 'full_step.py',
      worker: 'full-step.js',
    },
    {
      name: 'sample',
      what: 'images: 20 DDIM steps with guidance, and the decoder',
      batch: 4,
      fresh: false,
      profile: false,
      peer: 'sample.py',
      worker: 'sample.js',
    },
    {
      name: 'load',
      what: 'from a model folder to a first image of one step, in a new process',
      batch: 1,
      fresh: true,
      profile: false,
      peer: 'load.py',
      worker: 'load.js',
    },
  ],
  sd15: [
    {
      ...loraStep,
      ...sd15('fp32'),
      name: 'sd15 lora-dpo fast',
      what: "the LoRA step at SD 1.5's full size, 64×64 latents; both sides keep all activations",
    },
    {
      ...loraStep,
      ...sd15('fp16'),
      name: 'sd15 lora-dpo lean',
      what: 'the same from a float16 checkpoint, both sides recomputing blocks and calculating in float32',
      arguments: { ours: ['--recompute'], theirs: ['--checkpoint'] },
    },
    {
      ...loraStep,
      ...sd15('fp32'),
      name: 'sd15 lora-dpo noise-draws',
      what: 'fast, the errors of the reference being kept from earlier (noiseDraws)',
      arguments: { ours: ['--noise-draws'] },
      note: 'less work: PyTorch computes the reference, we read its errors',
    },
    {
      ...sd15('fp32'),
      name: 'sd15 sample',
      what: 'an image: 20 DDIM steps with guidance, and the decoder',
      batch: 1,
      fresh: false,
      profile: false,
      peer: 'sample.py',
      worker: 'sample.js',
      rounds: 2,
    },
    {
      ...sd15('fp32'),
      name: 'sd15 first-step',
      what: 'from the start of a process to its first finished LoRA step',
      batch: 1,
      fresh: true,
      fromStart: true,
      profile: false,
      peer: 'lora_dpo_step.py',
      worker: 'lora-dpo-step.js',
    },
  ],
  sdxl: [
    {
      ...loraStep,
      ...large,
      geometry: { name: 'sdxl', storage: 'fp16' },
      name: 'sdxl lora-dpo lean 64',
      what: "the LoRA step at SDXL's full size, recomputing blocks, 64×64 latents",
      arguments: { ours: ['--recompute', '--side', '64'] },
      peer: null,
    },
    {
      ...loraStep,
      ...large,
      geometry: { name: 'sdxl', storage: 'fp16' },
      name: 'sdxl lora-dpo lean 128',
      what: 'the same at 128×128 latents',
      arguments: { ours: ['--recompute', '--side', '128'] },
      peer: null,
      rounds: 1,
      warmup: 1,
    },
  ],
  scorers: [
    {
      ...scoring,
      name: 'clip-vit-l-14 score',
      what: 'pictures of 224×224, each scored for a prompt of its own: both towers of CLIP ViT-L/14',
      batch: 16,
      geometry: { name: 'clip-vit-l-14', storage: 'fp32' },
    },
    {
      ...scoring,
      name: 'clip-vit-h-14 score',
      what: 'the same by the towers of ViT-H/14, as PickScore and HPS v2 have them',
      batch: 8,
      geometry: { name: 'clip-vit-h-14', storage: 'fp32' },
      rounds: 5,
    },
    {
      ...scoring,
      name: 'image-reward score',
      what: "pictures of 224×224, each scored for a prompt of its own: BLIP-large and ImageReward's head",
      batch: 16,
      geometry: { name: 'image-reward', storage: 'fp32' },
      peer: 'image_reward.py',
      worker: 'image-reward.js',
    },
  ],
  'sd15-costs': [
    ['32×32', ['--side', '32'], 1],
    ['64×64', [], 1],
    ['96×96', ['--side', '96'], 1],
    ['64×64, two pairs', [], 2],
    ['64×64, rank 64', ['--rank', '64'], 1],
  ].map(([title, more, batch]) => ({
    ...loraStep,
    ...sd15('fp16'),
    name: `sd15 lora-dpo lean ${title}`,
    what: 'how cost grows with resolution, batch and rank',
    batch: batch as number,
    arguments: { ours: ['--recompute', ...(more as string[])] },
    peer: null,
    rounds: 2,
  })),
};
