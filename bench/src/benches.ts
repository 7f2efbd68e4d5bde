/** A kind of work that both sides do. */
export interface Bench {
  readonly name: string;
  readonly what: string;
  /** Images, or pairs for the DPO steps. */
  readonly batch: number;
  /** A new process for every unit: the work is done once in a process's life. */
  readonly fresh: boolean;
  /** Its worker has one session and can write an operator profile. */
  readonly profile: boolean;
  /** In `bench/peers`. */
  readonly peer: string;
  /** In `bench/dist/workers`. */
  readonly worker: string;
}

export const benches: readonly Bench[] = [
  {
    name: 'lora-dpo-step',
    what: 'one Diffusion-DPO step on a LoRA of rank 8, the reference being the network without it',
    batch: 8,
    fresh: false,
    profile: true,
    peer: 'lora_dpo_step.py',
    worker: 'lora-dpo-step.js',
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
];
