"""A Stable Diffusion of the diffusers folder layout in PyTorch eager mode, float32 on the CPU, and synthetic batches of its
geometry. Needs torch, diffusers, transformers; peft for the LoRA step."""

import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")

import torch
from diffusers import DDPMScheduler, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel


def begin(options):
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)


def load_unet(options):
    unet = UNet2DConditionModel.from_pretrained(options.model, subfolder="unet", torch_dtype=torch.float32)
    return unet.to(memory_format=torch.channels_last) if options.channels_last else unet


def load_text_encoder(options):
    return CLIPTextModel.from_pretrained(options.model, subfolder="text_encoder", torch_dtype=torch.float32)


def load_noise_schedule(options):
    return DDPMScheduler.from_pretrained(options.model, subfolder="scheduler")


def latents(unet, count, options):
    size = unet.config.sample_size
    x = torch.randn(count, unet.config.in_channels, size, size)
    return x.to(memory_format=torch.channels_last) if options.channels_last else x


def token_ids(text_encoder, count):
    config = text_encoder.config
    return torch.randint(0, config.vocab_size, (count, config.max_position_embeddings))


def embeddings(unet, count, options):
    """Captions as a text encoder gives them: both sides of the bench keep them from step to step."""
    tokens = CLIPTextConfig.from_pretrained(options.model, subfolder="text_encoder").max_position_embeddings
    return torch.randn(count, tokens, unet.config.cross_attention_dim)


def target(schedule, x, noise, timesteps):
    kind = schedule.config.prediction_type
    if kind == "v_prediction":
        return schedule.get_velocity(x, noise, timesteps)
    if kind == "epsilon":
        return noise
    raise SystemExit(f"scheduler/scheduler_config.json: prediction_type {kind} is not one of epsilon, v_prediction")


def trainable(*models):
    return [parameter for model in models for parameter in model.parameters() if parameter.requires_grad]


def optimise(loss, parameters, optimizer):
    """Backward, clip to norm 1, AdamW. Returns the loss as a number."""
    loss.backward()
    torch.nn.utils.clip_grad_norm_(parameters, 1.0)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return loss.item()


def adamw(parameters):
    return torch.optim.AdamW(parameters, lr=1e-4, weight_decay=1e-2)


def ready(options, **fields):
    return dict(torch=torch.__version__, threads=torch.get_num_threads(), channels_last=options.channels_last, **fields)
