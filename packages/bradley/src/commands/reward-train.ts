import { z } from 'zod';
import { command } from '../cli/command.js';
import { UsageError } from '../cli/usage-error.js';
import { threadsField } from '../config/threads-field.js';

const names = z.array(z.string().min(1));

export const rewardTrain = command({
  summary: 'Train a reward model on comparisons: a CLIP that scores pictures as people chose.',
  description:
    'A score for each question that was asked. The run has a process and a folder of its own, in which the model is written: ' +
    'the scorer reward:<folder>. Ctrl-C stops it at a checkpoint, and --resume goes on with it, also after a crash.',
  example: [
    'reward train --model models/clip --data choices.jsonl --output runs/taste',
    'reward train --model models/clip --data my-taste@1 --loss bradley-terry-ties --trains lora --output runs/taste',
    'reward train --model models/clip --data ratings.csv --questions VQ,TA --prompt-free VQ --output runs/video',
    'reward train --resume runs/taste',
  ],
  options: z.object({
    resume: z.string().min(1).optional().describe('folder of a run to go on with'),
    model: z.string().min(1).optional().describe('folder of a CLIP, as transformers saves it with its processor'),
    data: z.string().min(1).optional().describe('comparisons: a folder, a file, or a snapshot by name'),
    output: z.string().min(1).optional().describe('folder of the run, and of the reward model'),
    questions: names.optional().describe('questions to answer, with commas between; without it, all that were asked'),
    promptFree: names.default([]).describe('of these, the questions whose scores do not depend on the prompt'),
    loss: z
      .enum(['pickscore', 'bradley-terry-ties', 'bradley-terry'])
      .default('pickscore')
      .describe('what is made of two scores and a choice'),
    theta: z.number().gt(1).optional().describe('bradley-terry-ties: how wide a tie is; 5 where nothing is said'),
    margin: z.number().nonnegative().optional().describe('bradley-terry: what the preferred side must be ahead by'),
    centring: z.number().nonnegative().optional().describe('bradley-terry: weight of the squared sum of both scores'),
    head: z
      .enum(['similarity', 'relation'])
      .default('similarity')
      .describe('what is made of both embeddings: their similarity, or that and a perceptron of what it sums'),
    trains: z
      .enum(['all', 'last', 'heads', 'lora', 'none'])
      .default('all')
      .describe(
        'what of the CLIP is trained: everything, the last layers, the projections, a LoRA that is merged at the end, or nothing',
      ),
    layers: z.int().positive().default(2).describe('with --trains last: how many layers of each tower'),
    rank: z.int().positive().default(16).describe('with --trains lora: its rank, and its alpha'),
    targets: names
      .default(['q_proj', 'k_proj', 'v_proj', 'out_proj'])
      .describe('with --trains lora: ends of the names of layers'),
    steps: z.int().positive().default(500).describe('optimiser steps'),
    batch: z.int().positive().default(16).describe('pairs of a step'),
    lr: z.number().positive().default(1e-5).describe('learning rate of AdamW, falling along a cosine'),
    warmup: z.int().nonnegative().default(50).describe('steps in which the learning rate rises'),
    weightDecay: z.number().nonnegative().default(0.1).describe('decoupled weight decay'),
    ema: z.number().min(0).lt(1).optional().describe('decay of the average of the weights that is the result'),
    weigh: z
      .enum(['prompts', 'comparisons'])
      .default('prompts')
      .describe('what weighs the same: every prompt, as in PickScore, or every choice'),
    turns: z
      .enum(['none', 'mirror', 'all'])
      .default('none')
      .describe('show pictures mirrored too, or in all eight ways that a square can lie'),
    heldOut: z.number().min(0).max(0.9).default(0.1).describe('share of prompts to judge the model on'),
    splitSalt: z.string().default('').describe('another salt holds out other prompts'),
    pairs: z.int().positive().optional().describe('learn from so many pairs only'),
    validateEvery: z.int().positive().default(100).describe('steps between looks at what is held out'),
    checkpointEvery: z.int().positive().default(100).describe('steps between checkpoints'),
    seed: z.int().nonnegative().default(0).describe('of order, turns and new weights'),
    threads: threadsField.optional().describe(threadsField.description ?? ''),
  }),
  async run(options, out) {
    const { followRun } = await import('../cli/follow-run.js');
    const { resumeReward, startReward } = await import('../reward/start-reward.js');
    const { configOfFlags } = await import('../reward/config-of-flags.js');
    const { resume, model, data, output, ...flags } = options;
    if (resume === undefined && (!model || !data || !output))
      throw new UsageError('--model, --data and --output are needed, or --resume alone.');
    const run =
      resume === undefined
        ? await startReward(
            configOfFlags({ ...flags, model: model as string, data: data as string, output: output as string }),
          )
        : await resumeReward(resume);
    const { status } = await followRun(run.folder, {
      pid: run.pid,
      pairsPerStep: run.config.batch,
      resumeCommand: `npx bradley reward train --resume ${run.folder}`,
      out,
    });
    if (status !== 'finished') return undefined;
    const told = { folder: run.folder, scorer: `reward:${run.folder}` };
    if (out.json) out.row(told);
    else
      out.result(
        told,
        `Wrote ${run.folder}/reward.json and the model beside it\nLook at it with: npx bradley reward report ${run.folder}`,
      );
    return undefined;
  },
});
