export { cpuTarget } from './cpu-target.js';
export { evaluate } from './evaluate.js';
export { openSession } from './open-session.js';
export { integers, normal, permutation, type RandomKey, uniform } from './random.js';
export {
  createSession,
  FeedError,
  type HostData,
  type HostTensor,
  type Session,
  type SessionOptions,
} from './session.js';
