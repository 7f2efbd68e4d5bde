import type { Run } from '@bradley/arena-contract';

/** What the server has done by those who know models and configs; the command `arena` hands it in. */
export interface ArenaServices {
  /** Draws pictures; null where the server has no model. */
  readonly drawer: Drawer | null;
  readonly runs: RunService;
}

export interface DrawRequest {
  readonly prompt: string;
  readonly seeds: readonly number[];
  /** A LoRA file, or null for the model as it is. */
  readonly adapter: string | null;
}

export interface DrawnPicture {
  readonly prompt: string;
  readonly seed: number;
  readonly png: Uint8Array;
}

export interface Drawer {
  /** What the pictures are recorded as made by. */
  readonly model: string;
  readonly steps: number;
  readonly guidance: number;
  /** What an adapter is multiplied by. */
  readonly adapterStrength: number;
  /** Prompts that the model draws well, as many as asked for, the same for the same seed. */
  suggestions(count: number, seed: number): string[];
  /** The words of a prompt that the model has never seen. */
  unknownWords(prompt: string): string[];
  /** Whether it has seen any; else the prompt cannot be drawn. */
  knows(prompt: string): boolean;
  /** Two pictures to choose between, far apart; the same for the same prompt and seed. */
  pair(prompt: string, seed: number, signal?: AbortSignal): Promise<readonly [DrawnPicture, DrawnPicture]>;
  /** In the order of the seeds. */
  draw(request: DrawRequest, signal?: AbortSignal): Promise<DrawnPicture[]>;
  close(): Promise<void>;
}

export interface RunService {
  /** The folder that runs lie in. */
  readonly folder: string;
  /** Starts the training of a taste on a set of comparisons; answers with the run's id, its folder's name. */
  startTaste(options: { name: string; data: string; choices: number }): Promise<string>;
  /** Starts a run by its YAML. Throws an error whose message is for people where the config is wrong. */
  start(name: string, yaml: string): Promise<string>;
  /** Resolves once the run's folder says that it runs again. Throws an error whose message is for people where it does not. */
  resume(run: string): Promise<void>;
  /** What the run's config says, for the list. */
  describe(run: string): Promise<Pick<Run, 'objective' | 'model' | 'data'>>;
}
