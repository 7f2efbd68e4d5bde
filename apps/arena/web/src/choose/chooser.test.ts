import type { Presentation } from '@bradley/arena-contract';
import { describe, expect, it } from 'vitest';
import { ApiError } from '../api/request.js';
import { type Chooser, type ChooserWorld, startChooser } from './chooser.js';
import type { Entry } from './queue.js';
import { unsentIn } from './unsent.js';

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

const presentation = (n: number): Presentation => ({
  token: `token ${n}`,
  prompt: `prompt ${n}`,
  modality: 'text',
  candidates: [`a${n}`, `b${n}`].map((text) => ({ address: null, type: null, text })),
  questions: [{ id: 'overall', text: 'Which?' }],
  allowTie: true,
  allowBothBad: true,
  allowSkip: true,
});

/** A browser's storage, by the part of its interface that is used. */
function memory(): Storage {
  const items = new Map<string, string>();
  return {
    get length() {
      return items.size;
    },
    key: (i) => [...items.keys()][i] ?? null,
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
    clear: () => items.clear(),
  };
}

/** A server with ten pairs, the trouble that `fails` makes, and timers that a test lets go off. */
function world(storage: Storage) {
  const sent: Entry[] = [];
  const timers = new Set<() => void>();
  let fails: () => ApiError | null = () => null;
  const failing = async <T>(answer: () => T): Promise<T> => {
    const error = fails();
    if (error) throw error;
    return answer();
  };
  const of: ChooserWorld = {
    next: () =>
      failing(() => ({
        presentations: Array.from({ length: 10 }, (_, n) => presentation(n)).slice(sent.length, sent.length + 4),
        done: sent.length,
        open: 10 - sent.length,
        drawing: 0,
      })),
    send: (entry) => failing(() => ({ done: sent.push(entry), renewed: null })),
    unsent: unsentIn(storage, 'project', 'me'),
    prepare: () => undefined,
    later(run) {
      timers.add(run);
      return () => timers.delete(run);
    },
  };
  const goOff = async (): Promise<void> => {
    for (const run of [...timers]) {
      timers.delete(run);
      run();
    }
    await settle();
  };
  const setFails = (by: () => ApiError | null): void => {
    fails = by;
  };
  return { of, sent, timers, goOff, setFails };
}

const choose = (chooser: Chooser, position: number): void =>
  chooser.answer({ overall: { kind: 'winner', position } }, 1000);

const unreachable = (): ApiError => new ApiError(0, 'unreachable', 'no answer');

describe('choosing', () => {
  it('asks for what was shown and not answered where it has nothing to show, as after a reload', async () => {
    const { of, goOff } = world(memory());
    const asked: boolean[] = [];
    const kept = [presentation(1)]; // for the page before
    const next: ChooserWorld['next'] = async (_count, _wait, again) => {
      asked.push(again);
      const presentations = asked.length === 1 ? [presentation(0)] : again ? kept : [];
      return { presentations, done: 0, open: 1, drawing: 0 };
    };
    const chooser = startChooser({ ...of, next });
    chooser.start();
    await settle();
    await goOff();
    expect(asked.slice(0, 2)).toEqual([true, false]); // with one on screen, only others
    const before = asked.length;
    choose(chooser, 0);
    await settle();
    expect(asked[before]).toBe(true);
    expect(chooser.snapshot().ready.map(({ prompt }) => prompt)).toEqual(['prompt 1']);
  });

  it('goes on without the server, and sends all in order once it answers again', async () => {
    const { of, sent, goOff, setFails } = world(memory());
    const chooser = startChooser(of);
    chooser.start();
    await settle();
    setFails(unreachable);
    for (const position of [0, 1, 0]) choose(chooser, position);
    await settle();
    expect(sent).toEqual([]);
    expect(chooser.snapshot().outbox).toHaveLength(3);
    setFails(() => null);
    await goOff();
    expect(sent.map((entry) => entry.kind === 'vote' && entry.vote.token)).toEqual(['token 0', 'token 1', 'token 2']);
  });

  it('sends after a reload what the page before could not', async () => {
    const storage = memory();
    const before = world(storage);
    const chooser = startChooser(before.of);
    chooser.start();
    await settle();
    before.setFails(unreachable);
    choose(chooser, 1);
    await settle();
    chooser.stop();
    const after = world(storage);
    startChooser(after.of).start();
    await settle();
    expect(after.sent).toMatchObject([{ vote: { token: 'token 0', answers: { overall: { position: 1 } } } }]);
    expect(storage.length).toBe(0);
  });

  it('drops what the server will never take, and says why', async () => {
    const { of, setFails } = world(memory());
    const chooser = startChooser(of);
    chooser.start();
    await settle();
    setFails(() => new ApiError(410, 'expired', 'This pair was shown more than a day ago.'));
    choose(chooser, 0);
    await settle();
    const { outbox, refused } = chooser.snapshot();
    expect(outbox).toEqual([]);
    expect(refused.map(({ problem }) => problem)).toEqual(['This pair was shown more than a day ago.']);
  });

  it('keeps a choice where one must sign in or agree first, and does not ask again by itself', async () => {
    const { of, sent, timers, setFails } = world(memory());
    const chooser = startChooser(of);
    chooser.start();
    await settle();
    setFails(() => new ApiError(401, 'sign-in', 'Sign in first.'));
    choose(chooser, 0);
    await settle();
    expect(chooser.snapshot()).toMatchObject({ obstacle: { code: 'sign-in' }, outbox: [{ kind: 'vote' }] });
    expect(timers.size).toBe(0);
    setFails(() => null);
    chooser.hurry();
    await settle();
    expect(sent).toHaveLength(1);
    expect(chooser.snapshot().obstacle).toBeNull();
  });
});
