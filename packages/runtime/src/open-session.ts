import { compile, type Graph } from '@bradley/graph';
import { cpuTarget } from './cpu-target.js';
import { createSession, type Session, type SessionOptions } from './session.js';

/** Compiles a graph for the machine that will run it, and loads it there. */
export async function openSession(from: Graph, options: SessionOptions = {}): Promise<Session> {
  return createSession(compile(from, await cpuTarget()), options);
}
