import type { Candidate } from '@bradley/preferences';
import type { z } from 'zod';

/** Makes pictures, one for a prompt and a seed: the same ones always give the same picture. */
export interface Generator {
  /** A file of PNG, JPEG or WebP. */
  draw(prompt: string, seed: number): Promise<Uint8Array>;
  release(): Promise<void>;
}

export interface GeneratorOptions {
  readonly threads?: number | undefined;
}

/** A kind of generator. One is a file here and a row of `table.ts`; the key that its settings begin with names it. */
export interface GeneratorKind<Settings extends object = Readonly<Record<string, unknown>>> {
  readonly summary: string;
  readonly settings: z.ZodType<Settings>;
  /** Settings that its pictures do not depend on. */
  readonly immaterial: readonly (keyof Settings & string)[];
  /**
   * Whether its pictures are there already: then the process that plans takes them in, and no worker needs to have them.
   */
  readonly given: boolean;
  /** What pins its pictures beyond the settings, such as the sha256 of a file. Paths are from the working directory. */
  readonly pin: (settings: Settings) => Promise<Readonly<Record<string, string>>>;
  /** @throws Error naming what is missing or has changed since it was pinned */
  readonly open: (settings: Settings, options: GeneratorOptions) => Promise<Generator>;
  /** What a record says of how its pictures were made, besides the seed. */
  readonly describe: (settings: Settings) => Omit<Candidate, 'media' | 'kind' | 'seed'>;
}

/** Types a kind's functions by its own settings. */
export function generatorKind<Settings extends object>(definition: GeneratorKind<Settings>): GeneratorKind {
  return definition as GeneratorKind; // its functions are only ever given what `settings` has made
}
