export { compileForCpu, cpuTarget } from './compile.js';
export { evaluate } from './evaluate.js';
export { integers, normal, permutation, type RandomKey, uniform } from './random.js';
export {
  createSession,
  FeedError,
  type HostData,
  type HostTensor,
  type Session,
  type SessionOptions,
} from './session.js';
