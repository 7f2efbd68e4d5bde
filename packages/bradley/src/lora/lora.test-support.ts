import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { float32Tensor, type LoraModules, readSafetensors, toFloat32, writeSafetensors } from '@bradley/formats';
import { type DiffusionModel, openDiffusionModel } from '@bradley/models';
import { normal } from '@bradley/runtime';

/** Turns a folder of float16 weights into float32, in place. */
export async function widenModel(path: string): Promise<void> {
  for (const part of ['unet', 'vae', 'text_encoder'])
    for (const name of await readdir(join(path, part)))
      if (name.endsWith('.safetensors')) {
        const { tensors, metadata } = await readSafetensors(join(path, part, name));
        const wide = [...tensors].map(([key, of]) => [key, float32Tensor(of.shape, toFloat32(of))] as const);
        await writeSafetensors(join(path, part, name), new Map(wide), metadata);
      }
}

/** A LoRA of every linear layer and convolution of the UNet and the text encoder, of many ranks and alphas, drawn by seed. */
export async function everyLayerLora(path: string, seed: number, size = 0.3): Promise<LoraModules> {
  const model: DiffusionModel = await openDiffusionModel(path);
  const weights = [
    ...[...model.unet.tensors].map(([name, weight]) => [`unet.${name}`, weight] as const),
    ...[...(model.textEncoders[0]?.tensors ?? [])].map(([name, weight]) => [`text_encoder.${name}`, weight] as const),
  ].filter(([name, { shape }]) => name.endsWith('.weight') && shape.length > 1 && !/embedding\.weight$/.test(name));
  return new Map(
    weights.map(([name, { shape }], i) => {
      const [out, inputs, ...kernel] = shape as [number, number, ...number[]];
      const rank = 1 + (i % 4);
      const draw = (dims: number[], index: number) => {
        const count = dims.reduce((a, b) => a * b, 1);
        return float32Tensor(
          dims,
          normal({ seed, stream: 'lora', step: i, index }, count).map((x) => x * size * inputs ** -0.5),
        );
      };
      const module = {
        A: draw([rank, inputs, ...kernel], 0),
        B: draw([out, rank, ...kernel.map(() => 1)], 1),
        alpha: 1 + (i % 3),
      };
      return [name.slice(0, -'.weight'.length), module];
    }),
  );
}
