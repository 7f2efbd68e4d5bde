import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { isAlive, readLock } from '@bradley/formats';
import { type RunState, type RunStatus, readState } from './state.js';

/** A run as others see it: one that says it runs, but whose process has ended, was interrupted. */
export interface ObservedState extends Omit<RunState, 'status'> {
  readonly status: RunStatus | 'interrupted';
}

/**
 * The state of a run, checked against the process that should be there; null for one that was never started. A process takes the lock
 * before its first state and lets go of it after its last, so the state that nobody holds the lock of has to stay as it is to be
 * that of a process which was killed: between two looks one may have begun, or ended as it should.
 */
export async function observeRun(folder: string): Promise<ObservedState | null> {
  for (let state = await readState(folder); ; ) {
    if (state === null || hasEnded(state)) return state;
    const holder = await readLock(join(folder, 'lock'));
    if (holder !== null && (await isAlive(holder)) !== false) return state;
    const again = await readState(folder);
    if (isDeepStrictEqual(again, state)) return { ...state, status: 'interrupted' };
    state = again;
  }
}

/** Whether nothing more comes from the process that wrote this. */
export const hasEnded = ({ status }: Pick<ObservedState, 'status'>): boolean =>
  status !== 'running' && status !== 'paused';
