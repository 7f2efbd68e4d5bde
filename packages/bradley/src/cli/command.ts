import type { z } from 'zod';
import type { Overrides } from '../config/load-run-config.js';
import type { Out } from './output.js';

/** A command of the CLI: it parses, calls one library function, prints. Everything but `run` is data. */
export interface Command<Options extends z.ZodObject = z.ZodObject> {
  /** One line for the list of commands. */
  readonly summary: string;
  /** More for the command's own help, where the summary does not say it all. */
  readonly description?: string;
  /** Command lines without the leading `bradley`. */
  readonly example: string | readonly string[];
  /** Help texts, defaults and validation of the flags: `heldOut` is `--held-out`, a boolean takes no value. */
  readonly options: Options;
  /** Options that are given by position instead of as flags, in their order. */
  readonly positional?: readonly (keyof Options['shape'] & string)[];
  /** A file's schema whose every field is a flag too; the ones given reach `run` unvalidated, for the file's loader. */
  readonly overrides?: { readonly schema: z.ZodObject; readonly aliases: Readonly<Record<string, string>> };
  /** Throws when it fails; 'failed' where the output has said so already. */
  readonly run: (options: z.infer<Options>, out: Out, overrides: Overrides) => Promise<'failed' | undefined>;
}

/** Types a command's `run` by its own options. */
export function command<Options extends z.ZodObject>(definition: Command<Options>): Command {
  return definition as unknown as Command; // `run` takes what `options` makes, and is only ever given that
}
