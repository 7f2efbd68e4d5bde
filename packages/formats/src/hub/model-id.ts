/** A model by its place on the hub. */
export interface ModelId {
  /** `owner/name` */
  readonly repository: string;
  /** Branch, tag or commit; null for the main branch. */
  readonly revision: string | null;
  /** A file of the repository; null for the whole pipeline. */
  readonly file: string | null;
}

const word = '[A-Za-z0-9_][A-Za-z0-9._-]*';
const shape = new RegExp(`^(${word}/${word})(?:@([A-Za-z0-9._/-]+))?(?::(.+))?$`);

/** Reads `owner/name`, `owner/name@revision`, `owner/name:file.safetensors` and both; null for anything else. */
export function parseModelId(name: string): ModelId | null {
  const [, repository, revision = null, file = null] = shape.exec(name) ?? [];
  if (repository === undefined || !isInside(repository)) return null;
  if ((revision !== null && !isInside(revision)) || (file !== null && !isInside(file))) return null;
  return { repository, revision, file };
}

/** The inverse of `parseModelId`. */
export const formatModelId = ({ repository, revision, file }: ModelId): string =>
  `${repository}${revision === null ? '' : `@${revision}`}${file === null ? '' : `:${file}`}`;

/** A commit is never another one later, as a branch may be. */
export const isCommit = (revision: string | null): revision is string => /^[0-9a-f]{40}$/.test(revision ?? '');

/** Whether a name, joined to a folder, is inside of it: on any system, and however it is spelt. */
export const isInside = (name: string): boolean =>
  !/[\\:\0]/.test(name) && name.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
