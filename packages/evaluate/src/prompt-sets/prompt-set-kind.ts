import type { SetPrompt } from './prompt-set.js';

/** A published list of prompts as its authors publish it. A kind is a file here and a row of `table.ts`. */
export interface PromptSetKind<P extends SetPrompt = SetPrompt> {
  readonly summary: string;
  /** The file or folder to point at, and where it is published. */
  readonly expects: string;
  /** Of the published list. */
  readonly licence: string;
  /** @throws Error naming the file and line that are not as expected */
  readonly read: (path: string) => Promise<readonly P[]>;
}
