#!/usr/bin/env python3
"""One denoising step on every parameter of the UNet and the text encoder, as in pretraining. Unit: `--batch` images."""

import torch
import torch.nn.functional as F
from line_protocol import arguments, serve
from stable_diffusion import (
    adamw, begin, latents, load_noise_schedule, load_text_encoder, load_unet, optimise, ready, target, token_ids, trainable,
)

options = arguments(__doc__)
begin(options)
schedule = load_noise_schedule(options)
unet = load_unet(options).train()
text_encoder = load_text_encoder(options).train()
parameters = trainable(unet, text_encoder)
optimizer = adamw(parameters)
x = latents(unet, options.batch, options)
captions = token_ids(text_encoder, options.batch)


def step():
    noise = torch.randn_like(x)
    timesteps = torch.randint(0, schedule.config.num_train_timesteps, (options.batch,))
    noisy = schedule.add_noise(x, noise, timesteps)
    prediction = unet(noisy, timesteps, text_encoder(captions).last_hidden_state).sample
    return optimise(F.mse_loss(prediction, target(schedule, x, noise, timesteps)), parameters, optimizer)


serve(step, **ready(options, parameters=sum(p.numel() for p in parameters)))
