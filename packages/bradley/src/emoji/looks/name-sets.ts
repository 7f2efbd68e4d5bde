import { isHeldOut } from '@bradley/preferences';
import type { EmojiName } from '../names.js';

/**
 * Who learns from which names. A model is aligned, and the scorer that labels for it trained, on the first; the judge is trained on the
 * second; on the third nobody is trained, and all are judged.
 */
export const nameSets = ['labelling', 'judge', 'heldout'] as const;
export type NameSet = (typeof nameSets)[number];

/** By hash alone: a longer list moves no name. */
export function nameSetOf({ name, split }: Pick<EmojiName, 'name' | 'split'>): NameSet {
  if (split === 'heldout') return 'heldout';
  return isHeldOut(name, { fraction: 0.5, salt: 'judge' }) ? 'judge' : 'labelling';
}
