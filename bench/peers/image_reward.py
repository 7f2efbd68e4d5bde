#!/usr/bin/env python3
"""Rewards of pictures for a prompt each, by transformers' BLIP and ImageReward's head. Unit: `--batch` pairs; the loss is the first reward."""

import json
import os
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")

import torch
from line_protocol import arguments, serve
from safetensors.torch import load_file
from synthetic_pairs import pictures, prompts
from transformers import BlipTextConfig, BlipTextModel, BlipVisionConfig, BlipVisionModel

LENGTH = 35

options = arguments(__doc__)
torch.set_num_threads(options.threads)
folder = Path(options.model)
config = json.loads((folder / "config.json").read_text())


def network(kind, of, prefix):
    weights = {name.removeprefix(prefix): tensor for name, tensor in state.items() if name.startswith(prefix)}
    made = kind(of)
    made.load_state_dict(weights, assign=True)
    return made.eval()


state = load_file(folder / "model.safetensors")
vision = network(BlipVisionModel, BlipVisionConfig(**config["vision"]), "vision.")
text = network(lambda of: BlipTextModel(of, add_pooling_layer=False), BlipTextConfig(**config["text"]), "text.")
widths = config["mlp"]
mlp = network(
    lambda of: torch.nn.Sequential(*[torch.nn.Linear(a, b) for a, b in zip(of, of[1:])]), widths, "mlp."
)
del state
pixel_values = pictures(options.batch, config["vision"]["image_size"])
input_ids = prompts(options.batch, LENGTH, config["text"]["vocab_size"])
attention_mask = torch.ones_like(input_ids)


@torch.inference_mode()
def rewards():
    states = vision(pixel_values=pixel_values).last_hidden_state
    hidden = text(input_ids=input_ids, attention_mask=attention_mask, encoder_hidden_states=states).last_hidden_state
    return mlp(hidden[:, 0])[0].item()


serve(rewards, torch=torch.__version__, threads=options.threads)
