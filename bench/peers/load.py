#!/usr/bin/env python3
"""From a model folder to a first image: reads the UNet, the text encoder and the VAE, then runs each once, the UNet with and without
the prompt. The libraries are imported before the clock starts. Meant for one unit a process."""

import torch
from diffusers import AutoencoderKL
from line_protocol import arguments, serve
from stable_diffusion import begin, latents, load_text_encoder, load_unet, ready, token_ids

options = arguments(__doc__)
begin(options)


@torch.no_grad()
def load():
    text_encoder, unet = load_text_encoder(options), load_unet(options)
    vae = AutoencoderKL.from_pretrained(options.model, subfolder="vae", torch_dtype=torch.float32)
    hidden_states = text_encoder(token_ids(text_encoder, 2 * options.batch)).last_hidden_state
    x = latents(unet, 2 * options.batch, options)
    prediction = unet(x, 999, hidden_states).sample
    vae.decode(prediction[: options.batch]).sample


serve(load, **ready(options))
