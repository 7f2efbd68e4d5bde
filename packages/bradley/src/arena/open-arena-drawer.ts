import { basename } from 'node:path';
import type { Drawer as ArenaDrawer, DrawnPicture } from '@bradley/arena-server';
import { emojiFolder } from '../emoji/names.js';
import { openDrawer } from './drawing/open-drawer.js';
import { planPair } from './plan-pair.js';
import { promptsToStart } from './prompts-to-start.js';
import { tasteStrength } from './taste-run-config.js';

export interface ArenaDrawerOptions {
  /** A model folder. Default the emoji model. */
  readonly model?: string;
  readonly threads?: number;
  /** Sampling steps. Default 16. */
  readonly steps?: number;
  /** Classifier-free guidance. Default 3. */
  readonly guidance?: number;
}

/** What the arena's server draws with: a process that holds the emoji model. Pictures with an adapter have it at `tasteStrength`. */
export async function openArenaDrawer({
  model = emojiFolder,
  threads,
  steps = 16,
  guidance = 3,
}: ArenaDrawerOptions = {}): Promise<ArenaDrawer> {
  const drawer = await openDrawer(model, threads ? { threads } : {});
  return {
    model: basename(model),
    steps,
    guidance,
    adapterStrength: tasteStrength,
    suggestions: (count, seed) => promptsToStart(count, seed),
    unknownWords: (prompt) => drawer.unknownWords(prompt),
    knows: (prompt) => drawer.knows(prompt),
    async pair(prompt, seed, signal) {
      const { looks } = planPair(prompt, seed);
      const drawn: DrawnPicture[] = [];
      const request = { prompts: [prompt, prompt], seeds: [seed, seed], looks, steps, guidance };
      await drawer.draw(request, (picture) => drawn.push(picture), signal);
      return drawn as unknown as readonly [DrawnPicture, DrawnPicture];
    },
    async draw({ prompt, seeds, adapter }, signal) {
      const drawn: DrawnPicture[] = [];
      const prompts = seeds.map(() => prompt);
      const request = { prompts, seeds, adapter, strength: tasteStrength, steps, guidance };
      await drawer.draw(request, (picture) => drawn.push(picture), signal);
      return drawn;
    },
    close: () => drawer.close(),
  };
}
