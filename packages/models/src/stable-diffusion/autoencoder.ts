import { type Graph, graph, input } from '@bradley/graph';
import { openSession, type SessionOptions } from '@bradley/runtime';
import { checkpointStore } from '../nn/checkpoint-store.js';
import { paramsOf } from '../nn/params.js';
import { decodeLatents, encodeMoments, posterior, type VaeConfig } from '../vae/autoencoder-kl.js';
import type { Part } from './diffusion-model.js';

/** Pixels per latent, along one side. */
export function vaeScale({ block_out_channels }: VaeConfig): number {
  return 2 ** (block_out_channels.length - 1);
}

export interface LatentEncoder {
  /** (C, h, w) */
  readonly shape: readonly [number, number, number];
  /** One image (3, H, W) in [−1, 1] → mean and log-variance of its posterior, unscaled, (C, h, w) each. */
  encode(image: Float32Array): Promise<{ mean: Float32Array; logvar: Float32Array }>;
  release(): Promise<void>;
}

/** What a latent encoder computes, without loading it. */
export function latentEncoderGraph(
  vae: Part<VaeConfig>,
  { height, width }: { readonly height: number; readonly width: number },
): Graph {
  const image = input('image', [1, vae.config.in_channels, height, width]);
  const moments = encodeMoments(paramsOf(checkpointStore(vae.tensors, vae.path)), vae.config, image);
  return graph({ ...posterior(moments) });
}

/** The VAE's encoder for images of one size. */
export async function openLatentEncoder(
  vae: Part<VaeConfig>,
  size: { readonly height: number; readonly width: number },
  options: SessionOptions = {},
): Promise<LatentEncoder> {
  const outputs = latentEncoderGraph(vae, size);
  const session = await openSession(outputs, options);
  return {
    shape: outputs.outputs.get('mean')?.shape.slice(1) as [number, number, number],
    async encode(pixels) {
      const results = await session.run({ image: pixels });
      return { mean: results.mean?.data as Float32Array, logvar: results.logvar?.data as Float32Array };
    },
    release: () => session.release(),
  };
}

/** Undoes the scaling that the UNet's latents have: z / scaling_factor + shift_factor. */
export function unscaleLatents(latents: Float32Array, { scaling_factor, shift_factor }: VaeConfig): Float32Array {
  return latents.map((z) => z / scaling_factor + (shift_factor ?? 0));
}

/** Latents as the UNet takes them: (z − shift_factor) · scaling_factor. */
export function scaleLatents(latents: Float32Array, { scaling_factor, shift_factor }: VaeConfig): Float32Array {
  return latents.map((z) => (z - (shift_factor ?? 0)) * scaling_factor);
}

export interface LatentDecoder {
  /** Latents (C, h, w) as the UNet has them → image (3, H, W), about [−1, 1]. */
  decode(latents: Float32Array): Promise<Float32Array>;
  release(): Promise<void>;
}

/** What a latent decoder computes, without loading it. */
export function latentDecoderGraph(vae: Part<VaeConfig>, latent: readonly [number, number]): Graph {
  const latents = input('latents', [1, vae.config.latent_channels, ...latent]);
  return graph({ image: decodeLatents(paramsOf(checkpointStore(vae.tensors, vae.path)), vae.config, latents) });
}

/** The VAE's decoder for latents of one size. */
export async function openLatentDecoder(
  vae: Part<VaeConfig>,
  latent: readonly [number, number],
  options: SessionOptions = {},
): Promise<LatentDecoder> {
  const session = await openSession(latentDecoderGraph(vae, latent), options);
  return {
    async decode(scaled) {
      const results = await session.run({ latents: unscaleLatents(scaled, vae.config) });
      return results.image?.data as Float32Array;
    },
    release: () => session.release(),
  };
}
