#!/usr/bin/env python3
"""Images from the embeddings of their prompts: 20 DDIM steps with classifier-free guidance, then the VAE's decoder. Unit: `--batch` images."""

import torch
from diffusers import AutoencoderKL, DDIMScheduler
from line_protocol import arguments, serve
from stable_diffusion import begin, embeddings, latents, load_unet, ready

STEPS = 20
GUIDANCE = 7.5

options = arguments(__doc__)
begin(options)
unet = load_unet(options).eval()
vae = AutoencoderKL.from_pretrained(options.model, subfolder="vae", torch_dtype=torch.float32).eval()
sampler = DDIMScheduler.from_pretrained(options.model, subfolder="scheduler")
hidden_states = embeddings(unet, 2 * options.batch, options)


@torch.no_grad()
def images():
    sampler.set_timesteps(STEPS)
    x = latents(unet, options.batch, options) * sampler.init_noise_sigma
    for t in sampler.timesteps:
        both = sampler.scale_model_input(torch.cat([x, x]), t)
        without, prompted = unet(both, t, hidden_states).sample.chunk(2)
        x = sampler.step(without + GUIDANCE * (prompted - without), t, x).prev_sample
    vae.decode(x / vae.config.scaling_factor).sample


serve(images, **ready(options, steps=STEPS, guidance=GUIDANCE))
