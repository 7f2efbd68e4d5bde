import { createHash } from 'node:crypto';

/** A prompt as the sets compare it: Unicode NFC, white space trimmed and collapsed. Case is kept. */
export function normalizePrompt(prompt: string): string {
  return prompt.normalize('NFC').trim().replace(/\s+/g, ' ');
}

/** What a split is: the share of prompts held out, and a salt that gives another split of the same prompts. */
export interface Split {
  readonly fraction: number;
  readonly salt?: string;
}

/**
 * Whether a prompt is held out. It depends on the prompt and the salt alone, so all comparisons of one prompt fall on one side,
 * and stay there as a set grows or is reordered. A larger fraction holds out the same prompts and more.
 */
export function isHeldOut(prompt: string, { fraction, salt = '' }: Split): boolean {
  if (!(fraction >= 0 && fraction <= 1)) throw new Error(`fraction must be between 0 and 1, found ${fraction}.`);
  const digest = createHash('sha256')
    .update(`${salt}\0${normalizePrompt(prompt)}`)
    .digest();
  return digest.readUIntBE(0, 6) / 2 ** 48 < fraction;
}
