#!/usr/bin/env python3
"""LoRA files between Bradley and diffusers: each side reads what the other wrote, and both draw the same pictures from the same
noise. Run it in the repository, built (`npm run build`), with a Python that has torch, diffusers, transformers and peft:

    python bench/peers/lora_interop.py

It trains a small LoRA of models/emoji with Bradley, makes others with every linear layer and convolution of a UNet and of its text
encoders adapted, for models/emoji and for an SDXL in miniature of random weights, and prints for each file and layout the largest
difference of a pixel, of a range of 2. It fails where one is above 2e-4, a fortieth of an 8-bit step, or where a LoRA changes nothing.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")

import diffusers
import peft
import torch
import transformers
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict
from safetensors.torch import load_file, save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

root = Path(__file__).resolve().parents[2]
TOLERANCE = 2e-4
STEPS, GUIDANCE = 20, 3.0
diffusers.utils.logging.set_verbosity_error()
diffusers.utils.logging.disable_progress_bar()
transformers.utils.logging.disable_progress_bar()
torch.set_num_threads(2)


def bradley(*argv):
    return subprocess.run(["node", root / "packages/bradley/bin/bradley.js", *map(str, argv)], check=True, capture_output=True, text=True).stdout


class Side:
    """A model, and the pictures that both programs make of it."""

    def __init__(self, model, prompts, pipeline, folder):
        self.model, self.prompts, self.pipeline, self.folder = model, prompts, pipeline, folder
        self.seeds = list(range(len(prompts)))

    def ours(self, *loras, model=None):
        output = self.folder / "ours.safetensors"
        request = dict(
            model=str(model or self.model),
            loras=[dict(path=str(path), strength=strength) for path, strength in loras],
            prompts=self.prompts, seeds=self.seeds, steps=STEPS, guidance=GUIDANCE, output=str(output),
        )
        subprocess.run(["node", root / "bench/dist/workers/lora-pictures.js", json.dumps(request)], check=True)
        drawn = load_file(output)
        return drawn["noise"], drawn["images"]

    @torch.no_grad()
    def theirs(self, noise, *loras):
        pipe = self.pipeline.from_pretrained(self.model, torch_dtype=torch.float32)
        pipe.set_progress_bar_config(disable=True)
        for i, (path, _) in enumerate(loras):
            pipe.load_lora_weights(str(path.parent), weight_name=path.name, adapter_name=f"a{i}")
        if loras:
            pipe.set_adapters([f"a{i}" for i in range(len(loras))], adapter_weights=[strength for _, strength in loras])
        side = noise.shape[-1] * pipe.vae_scale_factor
        images = []
        for prompt, each in zip(self.prompts, noise):
            latents = pipe(
                prompt, negative_prompt="", latents=each[None].clone(), num_inference_steps=STEPS, guidance_scale=GUIDANCE,
                height=side, width=side, output_type="latent",
            ).images
            images.append(pipe.vae.decode(latents / pipe.vae.config.scaling_factor).sample)
        return torch.cat(images)


failed = 0


def compare(title, ours, theirs, plain=None):
    global failed
    difference = (ours - theirs).abs().max().item()
    change = None if plain is None else (ours - plain).abs().max().item()
    good = difference <= TOLERANCE and (change is None or change > 0.05)
    failed += not good
    changed = "" if change is None else f", the LoRA changes {change:.2f}"
    print(f"{'ok  ' if good else 'FAIL'} {title}: differ by {difference:.1e}{changed}", flush=True)


def every_layer(pipe, path, seed, encoders, alphas=(1.0, 2.0, 3.0), without="-", size=0.25):
    """A kohya-ss file that adapts every linear layer and convolution, of ranks 1 to 4. Its names are made here, from those of the
    modules."""
    generator = torch.Generator().manual_seed(seed)
    tensors = {}
    networks = [("lora_unet_", pipe.unet)] + [(prefix, getattr(pipe, name)) for prefix, name in encoders]
    for prefix, network in networks:
        for i, (name, module) in enumerate(network.named_modules()):
            if not isinstance(module, (torch.nn.Linear, torch.nn.Conv2d)) or name.endswith("text_projection") or without in name:
                continue
            if prefix != "lora_unet_" and not name.startswith("text_model."):
                name = "text_model." + name  # transformers 5
            out, inputs, *kernel = module.weight.shape
            rank = 1 + i % 4
            key = prefix + name.replace(".", "_")
            tensors[f"{key}.lora_down.weight"] = torch.randn(rank, inputs, *kernel, generator=generator) * size * inputs**-0.5
            tensors[f"{key}.lora_up.weight"] = torch.randn(out, rank, *[1 for _ in kernel], generator=generator) * size
            tensors[f"{key}.alpha"] = torch.tensor(alphas[i % len(alphas)])
    save_file(tensors, path)
    return len(tensors) // 3


def tiny_sdxl(path):
    """Blocks as SDXL's, three of two layers each, with text encoders and all the rest at a hundredth of the size."""
    torch.manual_seed(0)
    unet = UNet2DConditionModel(
        sample_size=8, block_out_channels=(16, 32, 32), layers_per_block=2, norm_num_groups=8, cross_attention_dim=40,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"), transformer_layers_per_block=(1, 2, 2),
        attention_head_dim=(2, 4, 4), use_linear_projection=True, addition_embed_type="text_time", addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=6 * 8 + 24,
    )
    vae = AutoencoderKL(block_out_channels=(8, 8), norm_num_groups=4, latent_channels=4, sample_size=16,
                        down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2)
    vocabulary, merges = (root / f"fixtures/tok_clip.{name}" for name in ("vocab.json", "merges.txt"))
    tokenizer = CLIPTokenizer(str(vocabulary), str(merges), model_max_length=77)
    text = dict(vocab_size=len(json.loads(vocabulary.read_text())), num_hidden_layers=3, num_attention_heads=2,
                max_position_embeddings=77, bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id,
                pad_token_id=tokenizer.pad_token_id)
    scheduler = DDIMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False,
                              set_alpha_to_one=False, steps_offset=1)
    StableDiffusionXLPipeline(
        vae=vae, unet=unet, scheduler=scheduler, tokenizer=tokenizer, tokenizer_2=tokenizer,
        text_encoder=CLIPTextModel(CLIPTextConfig(hidden_size=16, intermediate_size=32, projection_dim=16, **text)),
        text_encoder_2=CLIPTextModelWithProjection(CLIPTextConfig(hidden_size=24, intermediate_size=48, projection_dim=24, hidden_act="gelu", **text)),
    ).save_pretrained(path)
    return path


def saved_by_diffusers(side, folder):
    """A LoRA of UNet and text encoders as diffusers' own training scripts save one."""
    torch.manual_seed(5)
    pipe = side.pipeline.from_pretrained(side.model, torch_dtype=torch.float32)
    parts = {"unet": (pipe.unet, ["to_q", "to_k", "to_v", "to_out.0", "net.2", "conv1"])}
    for name in ("text_encoder", "text_encoder_2"):
        if getattr(pipe, name, None) is not None:
            parts[name] = (getattr(pipe, name), ["q_proj", "k_proj", "v_proj", "out_proj", "fc1"])
    layers, metadata = {}, {}
    for name, (network, targets) in parts.items():
        config = LoraConfig(r=4, lora_alpha=6, target_modules=targets, init_lora_weights=False, rank_pattern={"to_k": 2}, alpha_pattern={"to_k": 3})
        network.add_adapter(config)
        layers[f"{name}_lora_layers"] = get_peft_model_state_dict(network)
        metadata[f"{name}_lora_adapter_metadata"] = network.peft_config["default"].to_dict()
    side.pipeline.save_lora_weights(folder, **layers, **metadata)
    return folder / "pytorch_lora_weights.safetensors"


def check(name, side, folder, trained, encoders):
    """`encoders` are kohya's prefixes of the text encoders."""
    noise, plain = side.ours()
    compare(f"{name}, no LoRA", plain, side.theirs(noise))
    for title, path in trained:
        compare(f"{name}, {title}", side.ours((path, 1.0))[1], side.theirs(noise, (path, 1.0)), plain)
    pipe = side.pipeline.from_pretrained(side.model, torch_dtype=torch.float32)

    def convert(path, layout):
        output = folder / f"{path.stem}.{layout}.safetensors"
        bradley("lora", "convert", path, "--to", layout, "--model", side.model, "--output", output)
        return output

    made, other, limited = (folder / f"{stem}.safetensors" for stem in ("made", "other", "limited"))
    count = every_layer(pipe, made, 1, encoders)
    for_diffusers = convert(made, "diffusers")
    theirs = side.theirs(noise, (for_diffusers, 1.0))
    compare(f"{name}, {count} layers of UNet and text encoders, ranks and alphas mixed, as diffusers", side.ours((for_diffusers, 1.0))[1], theirs, plain)
    compare(f"{name}, the kohya file that it was converted from", side.ours((made, 1.0))[1], theirs, plain)
    for layout in ("kohya", "kohya-ldm", "comfyui"):
        compare(f"{name}, converted to {layout} and read back by Bradley", side.ours((convert(for_diffusers, layout), 1.0))[1], theirs, plain)

    # What this diffusers reads of kohya's files: one alpha, and no CLIPTextModel where transformers is 5. Original blocks are those
    # of SDXL, and of SDXL on its own blocks add_embedding is not read.
    projected = [row for row in encoders if row[1] == "text_encoder_2"]
    for layout, without in [("kohya-ldm", "-"), ("kohya", "add_embedding")] if projected else [("kohya", "-")]:
        every_layer(pipe, limited, 3, projected, (2.0,), without)
        path = convert(limited, layout)
        compare(f"{name}, {layout} file written by Bradley, read by diffusers", side.ours((limited, 1.0))[1], side.theirs(noise, (path, 1.0)), plain)

    every_layer(pipe, other, 2, encoders)
    both = ((made, 0.6), (other, -0.3))
    for_both = tuple((convert(path, "diffusers"), strength) for path, strength in both)
    compare(f"{name}, two files at 0.6 and -0.3", side.ours(*both)[1], side.theirs(noise, *for_both), plain)
    saved = saved_by_diffusers(side, folder / "saved")
    compare(f"{name}, saved by diffusers", side.ours((saved, 1.0))[1], side.theirs(noise, (saved, 1.0)), plain)
    small = folder / "small.safetensors"
    bradley("lora", "resize", for_diffusers, "--rank", 2, "--model", side.model, "--output", small)
    compare(f"{name}, resized to rank 2", side.ours((small, 1.0))[1], side.theirs(noise, (small, 1.0)), plain)
    merged = folder / "merged"
    bradley("lora", "merge", "--model", side.model, "--lora", f"{made}:0.6", "--output", merged)
    drawn = Side(merged, side.prompts, side.pipeline, folder)
    compare(f"{name}, merged at 0.6, the merged model drawn by both", drawn.ours()[1], drawn.theirs(noise), plain)
    if dtype_of(side.model) == torch.float32:
        compare(f"{name}, merged at 0.6, against the adapter", side.ours((made, 0.6))[1], drawn.theirs(noise), plain)
    else:
        rounded = (side.ours((made, 0.6))[1] - drawn.ours()[1]).abs().max().item()
        print(f"     {name}, merged into {dtype_of(side.model)}: {rounded:.1e} from the adapter, by the rounding of the weights")


def dtype_of(model):
    return next(iter(load_file(Path(model) / "unet/diffusion_pytorch_model.safetensors").values())).dtype


def main():
    print(f"torch {torch.__version__}, diffusers {diffusers.__version__}, transformers {transformers.__version__}, peft {peft.__version__}")
    print(f"{STEPS} DDIM steps, guidance {GUIDANCE:g}, float32; differences are of a range of 2, {TOLERANCE:g} is allowed")
    with tempfile.TemporaryDirectory() as place:
        place = Path(place)
        run = place / "run"
        run_file = place / "run.yaml"
        run_file.write_text(json.dumps(dict(
            model=str(root / "models/emoji"), data=dict(path=str(root / "models/emoji/comparisons/heldout.jsonl"), heldOut=0),
            objective=dict(name="diffusion-dpo", beta=30), adapter=dict(kind="lora", rank=4, alpha=6, targets=["to_q", "to_k", "to_v", "to_out.0"]),
            optimizer=dict(name="adamw", lr=0.003), train=dict(steps=30, batch=8, threads=2), output=str(run),
        )))
        bradley("train", run_file)
        trained = [("trained by Bradley", run / "pytorch_lora_weights.safetensors"), ("the same in kohya names", run / "lora_kohya.safetensors")]
        emoji = Side(root / "models/emoji", ["dog face", "pizza"], StableDiffusionPipeline, place)
        check("emoji", emoji, place, trained, [("lora_te_", "text_encoder")])
        (place / "xl").mkdir()
        sdxl = Side(tiny_sdxl(place / "sdxl"), ["a small test of words", "two"], StableDiffusionXLPipeline, place / "xl")
        check("tiny SDXL", sdxl, place / "xl", [], [("lora_te1_", "text_encoder"), ("lora_te2_", "text_encoder_2")])
    print("all agree" if not failed else f"{failed} do not agree")
    sys.exit(1 if failed else 0)


main()
