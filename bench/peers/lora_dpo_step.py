#!/usr/bin/env python3
"""One Diffusion-DPO step on a LoRA of rank 8; the reference is the same network with its adapter off. Unit: `--batch` pairs."""

from diffusion_dpo import diffusion_dpo
from line_protocol import arguments, serve
from peft import LoraConfig
from stable_diffusion import adamw, begin, embeddings, latents, load_noise_schedule, load_unet, optimise, ready, trainable

options = arguments(__doc__)
begin(options)
schedule = load_noise_schedule(options)
unet = load_unet(options).requires_grad_(False)
unet.add_adapter(
    LoraConfig(r=8, lora_alpha=8, init_lora_weights="gaussian", target_modules=["to_q", "to_k", "to_v", "to_out.0"])
)
unet.train()
if options.checkpoint:
    unet.enable_gradient_checkpointing()
parameters = trainable(unet)
optimizer = adamw(parameters)
x = latents(unet, 2 * options.batch, options)
hidden_states = embeddings(unet, options.batch, options).repeat(2, 1, 1)


def policy(noisy, timesteps, captions):
    return unet(noisy, timesteps, captions).sample


def reference(noisy, timesteps, captions):
    unet.disable_adapters()
    prediction = unet(noisy, timesteps, captions).sample
    unet.enable_adapters()
    return prediction


def step():
    return optimise(diffusion_dpo(schedule, policy, reference, x, hidden_states), parameters, optimizer)


serve(step, **ready(options, parameters=sum(p.numel() for p in parameters)))
