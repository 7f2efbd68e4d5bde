import { stat } from 'node:fs/promises';
import type { PromptSet, SetPrompt } from './prompt-set.js';
import type { PromptSetKind } from './prompt-set-kind.js';
import { readPromptFile } from './read-prompt-file.js';
import { promptSetKinds } from './table.js';

/**
 * The prompts that a spec names: `parti:PartiPrompts.tsv`, `hpsv2:folder`, and so on by `promptSetKinds`, or a file as `readPromptFile` reads it.
 * @throws Error naming the file, what was expected and what was found
 */
export async function readPromptSet(spec: string): Promise<PromptSet> {
  const colon = spec.indexOf(':');
  const kinds: Readonly<Record<string, PromptSetKind>> = promptSetKinds;
  const name = spec.slice(0, Math.max(0, colon));
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
  return kind ? readPublished(name, kind, spec.slice(colon + 1)) : readPromptFile(spec);
}

/** A published list with all that its rows say: `readPublished('geneval', geneval, path)` has the clauses of GenEval. */
export async function readPublished<P extends SetPrompt>(
  name: string,
  kind: PromptSetKind<P>,
  path: string,
): Promise<PromptSet<P>> {
  if (!(await stat(path).catch(() => null)))
    throw new Error(`${path || 'nothing'}: there is no such file or folder. Expected ${kind.expects}.`);
  const prompts = await kind.read(path);
  if (prompts.length === 0) throw new Error(`${path} holds no prompt. Expected ${kind.expects}.`);
  return { name, source: path, licence: kind.licence, prompts };
}
