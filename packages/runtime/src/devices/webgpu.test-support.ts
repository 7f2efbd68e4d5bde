import { add, graph, input } from '@bradley/graph';
import { evaluate } from '../evaluate.js';
import { DeviceError } from './unavailable.js';

/** Why there is no WebGPU adapter here, or null where there is one. */
export const webgpuMissing: string | null = await evaluate(
  graph({ y: add(input('x', [1]), 1) }),
  { x: Float32Array.of(1) },
  { device: 'webgpu' },
).then(
  () => null,
  (error) => {
    if (!(error instanceof DeviceError)) throw error;
    console.warn(`Skipped: ${error.message}`);
    return error.message;
  },
);
