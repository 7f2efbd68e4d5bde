import type { DeviceName } from '@bradley/runtime';
import { type RunResult, readCase } from './case.js';
import { kinds } from './table.js';

export interface Line {
  readonly verdict: 'pass' | 'fail' | 'unsupported';
  readonly name: string;
  readonly result?: RunResult;
  readonly note?: string;
}

/** Runs one case: a line per run. An exception is a failure of the case, never of the command. */
export async function* parity(folder: string, name: string, device: DeviceName = 'cpu'): AsyncGenerator<Line> {
  const kind = kinds.find(([prefix]) => name.startsWith(prefix))?.[1];
  if (!kind) {
    yield { verdict: 'unsupported', name };
    return;
  }
  try {
    for (const result of await kind(await readCase(folder, name, device))) {
      if ('unsupported' in result) {
        yield { verdict: 'unsupported', name: result.name, note: `(${result.unsupported})` };
        continue;
      }
      const verdict = result.error <= result.tolerance ? 'pass' : 'fail';
      yield { verdict, name: result.name, result, ...(result.at ? { note: `(${result.at})` } : {}) };
    }
  } catch (error) {
    yield { verdict: 'fail', name, note: error instanceof Error ? error.message : String(error) };
  }
}
