/** A prompt of a set, as its source gives it. */
export interface SetPrompt {
  readonly prompt: string;
  /** What kind of prompt it is: results are given for each category too. */
  readonly category?: string;
  /** What the set calls it. */
  readonly id?: string;
}

/** A list of prompts on which models are compared. An importer whose prompts say more than these three gives them a wider type. */
export interface PromptSet<P extends SetPrompt = SetPrompt> {
  readonly name: string;
  /** Where it comes from: a file, or an address and version. */
  readonly source: string;
  readonly licence?: string;
  readonly prompts: readonly P[];
}
