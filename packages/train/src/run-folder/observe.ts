import { join } from 'node:path';
import { isAlive, readLock } from '@bradley/formats';
import { type RunState, type RunStatus, readState } from './state.js';

/** A run as others see it: one that says it runs, but whose process has ended, was interrupted. */
export interface ObservedState extends Omit<RunState, 'status'> {
  readonly status: RunStatus | 'interrupted';
}

/** The state of a run, checked against the process that should be there; null for one that was never started. */
export async function observeRun(folder: string): Promise<ObservedState | null> {
  const holder = await readLock(join(folder, 'lock'));
  const held = holder !== null && (await isAlive(holder)) !== false;
  const state = await readState(folder); // after the lock: a process writes its last state before it lets go
  if (state === null || held || hasEnded(state)) return state;
  return { ...state, status: 'interrupted' };
}

/** Whether nothing more comes from the process that wrote this. */
export const hasEnded = ({ status }: Pick<ObservedState, 'status'>): boolean =>
  status !== 'running' && status !== 'paused';
