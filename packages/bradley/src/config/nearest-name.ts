import { closest, distance } from 'fastest-levenshtein';

/** The valid name that a misspelt one was most likely meant to be; null when none is close. */
export function nearestName(name: string, valid: readonly string[]): string | null {
  if (valid.length === 0) return null;
  const nearest = closest(name, valid);
  return distance(name, nearest) <= Math.max(1, Math.floor(name.length * 0.4)) ? nearest : null;
}
