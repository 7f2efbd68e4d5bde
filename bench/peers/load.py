#!/usr/bin/env python3
"""From a model folder to the first prediction: reads the UNet, the text encoder and the VAE, then runs the text encoder and the
UNet once on `--batch` images. The libraries are imported before the clock starts. Meant for one unit a process."""

import torch
from diffusers import AutoencoderKL
from line_protocol import arguments, serve
from stable_diffusion import begin, latents, load_text_encoder, load_unet, ready, token_ids

options = arguments(__doc__)
begin(options)


@torch.no_grad()
def load():
    text_encoder, unet = load_text_encoder(options), load_unet(options)
    AutoencoderKL.from_pretrained(options.model, subfolder="vae", torch_dtype=torch.float32)
    hidden_states = text_encoder(token_ids(text_encoder, options.batch)).last_hidden_state
    unet(latents(unet, options.batch, options), 10, hidden_states)


serve(load, **ready(options))
