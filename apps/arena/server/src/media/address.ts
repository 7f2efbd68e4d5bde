import { createHmac } from 'node:crypto';
import type { Arena } from '../context.js';
import { sameText } from '../security/same-text.js';

/**
 * Where members of a project get a file. The address is signed for the project: only a route of the project hands it out, and it is
 * good for its members only, so no query is needed to know that the file is theirs, and a sha256 that leaked opens nothing.
 */
export function mediaAddress({ secret }: Pick<Arena, 'secret'>, projectId: string, sha256: string): string {
  return `/api/media/${sha256}?project=${projectId}&seal=${seal(secret, projectId, sha256)}`;
}

export const sealFits = (secret: Uint8Array, projectId: string, sha256: string, given: string): boolean =>
  sameText(given, seal(secret, projectId, sha256));

const seal = (secret: Uint8Array, projectId: string, sha256: string): string =>
  createHmac('sha256', secret).update(`media\0${projectId}\0${sha256}`).digest('base64url').slice(0, 22);
