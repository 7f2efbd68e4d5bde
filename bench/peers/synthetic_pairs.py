"""Made pictures and prompts, the same numbers on both sides: `src/workers/synthetic-pairs.ts`."""

import torch


def pictures(count, side):
    """(count, 3, side, side)"""
    at = torch.arange(count * 3 * side * side, dtype=torch.float64)
    return torch.sin((at % 10_007) * 0.37).float().reshape(count, 3, side, side)


def prompts(count, length, vocabulary):
    """int64 (count, length); the last of each is the largest, as CLIP's end of text."""
    row, at = torch.arange(count)[:, None], torch.arange(length)[None, :]
    ids = (row * 7919 + at * 104_729) % (vocabulary - 2)
    ids[:, -1] = vocabulary - 1
    return ids
