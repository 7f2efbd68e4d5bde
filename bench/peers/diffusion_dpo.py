"""Diffusion-DPO (Wallace et al. 2023, arXiv:2311.12908, eq. 14) as the authors' train.py weighs it."""

import torch
import torch.nn.functional as F
from stable_diffusion import target

BETA = 5000.0


def diffusion_dpo(schedule, policy, reference, x, hidden_states):
    """x: chosen latents first, then rejected (2B, C, H, W). hidden_states: (2B, S, D). policy and reference map
    (noisy latents, timesteps, hidden states) to a prediction. A pair shares its noise and its timestep."""
    pairs = len(x) // 2
    noise = torch.randn_like(x[:pairs]).repeat(2, 1, 1, 1)
    timesteps = torch.randint(0, schedule.config.num_train_timesteps, (pairs,)).repeat(2)
    noisy = schedule.add_noise(x, noise, timesteps)
    wanted = target(schedule, x, noise, timesteps)

    policy_error = errors(policy(noisy, timesteps, hidden_states), wanted)
    with torch.no_grad():
        reference_error = errors(reference(noisy, timesteps, hidden_states), wanted)

    over = policy_error - reference_error
    return -F.logsigmoid(-BETA / 2 * (over[:pairs] - over[pairs:])).mean()


def errors(prediction, wanted):
    return (prediction - wanted).pow(2).mean(dim=[1, 2, 3])
