import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { retrying, TransientError } from './retry.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** What an attempt comes to, the n-th of which throws the n-th error, and the seconds waited between. */
async function outcome(errors: readonly Error[], signal?: AbortSignal): Promise<{ ended: string; waits: number[] }> {
  const waits: number[] = [];
  let tried = 0;
  const attempt = async (): Promise<string> => {
    const error = errors[tried++];
    if (error) throw error;
    return 'done';
  };
  const onRetry = (_reason: string, seconds: number): void => void waits.push(seconds);
  const ended = retrying(attempt, { signal, advice: 'Ask somebody.', onRetry }).catch((error: Error) => error.message);
  await vi.runAllTimersAsync();
  return { ended: await ended, waits };
}

const busy = new TransientError('busy');
const cut = new TransientError('cut', true);

describe('trying again', () => {
  it('waits longer each time, and gives up after six failures', async () => {
    expect(await outcome([busy, busy])).toEqual({ ended: 'done', waits: [0.5, 1] });
    expect(await outcome(Array(9).fill(busy))).toEqual({
      ended: 'busy. Gave up after 6 tries. Ask somebody.',
      waits: [0.5, 1, 2, 4, 8],
    });
  });

  it('begins to count anew where there was progress', async () => {
    const { ended, waits } = await outcome([busy, busy, cut, busy, cut, cut, cut, cut, cut, cut]);
    expect(ended).toBe('done');
    expect(waits).toEqual([0.5, 1, 0.5, 1, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]);
  });

  it('waits as long as the server asks, to a minute', async () => {
    const asking = [5, 3600].map((seconds) => new TransientError('busy', false, seconds));
    expect(await outcome(asking)).toEqual({ ended: 'done', waits: [5, 60] });
  });

  it('does not happen after what will not change, or when it is ended', async () => {
    expect(await outcome([new Error('refused')])).toEqual({ ended: 'refused', waits: [] });
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('ended')), 100);
    expect(await outcome([busy, busy], controller.signal)).toEqual({ ended: 'ended', waits: [0.5] });
  });
});
