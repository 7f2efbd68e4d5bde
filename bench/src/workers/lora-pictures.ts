import { float32Tensor, joinFloat32, writeSafetensors } from '@bradley/formats';
import { openDiffusionModel, openImageSampler } from '@bradley/models';
import { normal } from '@bradley/runtime';
import { type LoraUse, readSamplingAdapter, roomFor } from 'bradley';

/** What `bench/peers/lora_interop.py` asks for, as JSON in the one argument. */
interface Request {
  readonly model: string;
  readonly loras: readonly LoraUse[];
  readonly prompts: readonly string[];
  readonly seeds: readonly number[];
  readonly steps: number;
  readonly guidance: number;
  /** A safetensors file: the first noise of each picture, and the picture. */
  readonly output: string;
}

/** Pictures of a model with LoRA files, and the noise that they were drawn from, so that another program can draw them too. */
const { model, loras, prompts, seeds, steps, guidance, output } = JSON.parse(process.argv[2] ?? '') as Request;
const opened = await openDiffusionModel(model);
const adapter = loras.length > 0 ? await readSamplingAdapter(opened, loras) : null;
const sampler = await openImageSampler(opened, { threads: 2, ...(adapter ? roomFor(adapter) : {}) });
const images = await sampler.sample({ prompts, seeds, steps, guidance, sampler: 'ddim', adapter });
await sampler.release();

const { in_channels: channels, sample_size: side } = opened.unet.config;
if (!side) throw new Error(`${model}: its UNet has no sample_size`);
const noise = seeds.map((seed) => normal({ seed, stream: 'sample', step: 0, index: 0 }, channels * side * side));
const [first] = images;
if (!first) throw new Error('there is no prompt');
await writeSafetensors(
  output,
  new Map([
    ['noise', float32Tensor([seeds.length, channels, side, side], joinFloat32(noise))],
    [
      'images',
      float32Tensor([seeds.length, 3, first.height, first.width], joinFloat32(images.map(({ data }) => data))),
    ],
  ]),
);
