#!/usr/bin/env python3
"""One Diffusion-DPO step on every parameter of the UNet; the reference is a frozen copy. Unit: `--batch` pairs."""

import copy

from diffusion_dpo import diffusion_dpo
from line_protocol import arguments, serve
from stable_diffusion import adamw, begin, embeddings, latents, load_noise_schedule, load_unet, optimise, ready, trainable

options = arguments(__doc__)
begin(options)
schedule = load_noise_schedule(options)
unet = load_unet(options).train()
frozen = copy.deepcopy(unet).eval().requires_grad_(False)
parameters = trainable(unet)
optimizer = adamw(parameters)
x = latents(unet, 2 * options.batch, options)
hidden_states = embeddings(unet, options.batch, options).repeat(2, 1, 1)


def policy(noisy, timesteps, captions):
    return unet(noisy, timesteps, captions).sample


def reference(noisy, timesteps, captions):
    return frozen(noisy, timesteps, captions).sample


def step():
    return optimise(diffusion_dpo(schedule, policy, reference, x, hidden_states), parameters, optimizer)


serve(step, **ready(options, parameters=sum(p.numel() for p in parameters)))
