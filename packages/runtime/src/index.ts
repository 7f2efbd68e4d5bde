export { cpuTarget } from './cpu-target.js';
export { type ChosenDevice, chooseDevice, fastest, tryDeviceApart } from './devices/choose.js';
export { type DeviceTensor, hostAsDeviceTensor } from './devices/device-tensor.js';
export { openReadBack, type ReadBack } from './devices/read-back.js';
export { type Device, type DeviceName, deviceNames, devices } from './devices/table.js';
export { checkDevice, type Trial } from './devices/trial.js';
export { DeviceError } from './devices/unavailable.js';
export { evaluate } from './evaluate.js';
export { type ForeignSession, openForeignSession } from './foreign-session.js';
export { kernels } from './kernels.js';
export { openSession, plannedMemory } from './open-session.js';
export { integers, normal, permutation, type RandomKey, uniform } from './random.js';
export {
  createSession,
  FeedError,
  type Feeds,
  type HostData,
  type HostTensor,
  type Session,
  type SessionOptions,
} from './session.js';
