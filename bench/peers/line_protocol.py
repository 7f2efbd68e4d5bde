"""The line protocol of the bench: a process says it is ready, does one unit of work for each line it reads, and gives
its peak memory when its input ends. One JSON object a line, on the standard output."""

import argparse
import json
import sys
import time


def arguments(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--model", required=True, help="a diffusers folder: model_index.json, unet/, vae/, text_encoder/, …")
    parser.add_argument("--batch", type=int, required=True, help="images, or preference pairs for the DPO steps")
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--channels-last", action="store_true", help="keep the UNet and its latents in NHWC memory order")
    parser.add_argument("--checkpoint", action="store_true", help="gradient checkpointing: compute blocks again in the backward")
    return parser.parse_args()


def serve(unit, **ready):
    """unit() → loss or None. It must have finished its work when it returns."""
    say(ready=True, **ready)
    for _ in sys.stdin:
        start = time.perf_counter()
        loss = unit()
        say(seconds=time.perf_counter() - start, loss=loss)
    say(peak_mb=peak_mb())


def say(**fields):
    print(json.dumps(fields), flush=True)


def peak_mb():
    """High-water mark of resident memory in MiB, mapped files included (VmHWM)."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024
