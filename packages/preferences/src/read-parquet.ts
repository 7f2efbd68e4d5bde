import type { ComparisonSource } from './source.js';
export function readPickAPic(path: string): Promise<ComparisonSource> {
  throw new Error(path);
}
