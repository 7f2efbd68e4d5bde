import { dpgBench } from './dpg-bench.js';
import { geneval } from './geneval.js';
import { hpsv2 } from './hpsv2.js';
import { partiPrompts } from './parti-prompts.js';
import type { PromptSetKind } from './prompt-set-kind.js';
import { t2iCompBench } from './t2i-compbench.js';

/** Every published list of prompts that is read as it is published. */
export const promptSetKinds = {
  parti: partiPrompts,
  hpsv2,
  geneval,
  't2i-compbench': t2iCompBench,
  'dpg-bench': dpgBench,
} satisfies Readonly<Record<string, PromptSetKind>>;
