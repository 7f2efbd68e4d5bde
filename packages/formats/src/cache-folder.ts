import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Where encoded pictures and prompts, and rounded weights, are kept between runs; BRADLEY_CACHE names another folder. What a GPU
 * computes is not what a CPU computes to the last bit, so each device has its own.
 */
export function cacheFolder(device = 'cpu'): string {
  const folder = process.env.BRADLEY_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'bradley');
  return device === 'cpu' ? folder : join(folder, device);
}
