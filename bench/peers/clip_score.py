#!/usr/bin/env python3
"""Scores of pictures for a prompt each, by transformers' CLIPModel. Unit: `--batch` pictures and as many prompts; the loss is the first score."""

import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")

import torch
from line_protocol import arguments, serve
from synthetic_pairs import pictures, prompts
from transformers import CLIPModel

options = arguments(__doc__)
torch.set_num_threads(options.threads)
model = CLIPModel.from_pretrained(options.model, dtype=torch.float32).eval()
config = model.config
pixel_values = pictures(options.batch, config.vision_config.image_size)
input_ids = prompts(options.batch, config.text_config.max_position_embeddings, config.text_config.vocab_size)


@torch.inference_mode()
def scores():
    output = model(input_ids=input_ids, pixel_values=pixel_values)
    return output.logits_per_text.diagonal()[0].item()


serve(scores, torch=torch.__version__, threads=options.threads, attention=config._attn_implementation)
