import { graph, input, type Shape } from '@bradley/graph';
import { openSession } from '../open-session.js';
import type { DeviceTensor } from './device-tensor.js';
import type { DeviceName } from './table.js';

export interface ReadBack {
  /** Copies tensors of the device to the host: those that it was opened for, by name. */
  read(tensors: Readonly<Record<string, DeviceTensor>>): Promise<Record<string, Float32Array>>;
  release(): Promise<void>;
}

/**
 * What reads float32 tensors of these shapes from a device: a session that hands its inputs on to the host, because asking a
 * tensor on a GPU for its data aborts the process (onnxruntime-node 1.30).
 */
export async function openReadBack(shapes: Readonly<Record<string, Shape>>, device: DeviceName): Promise<ReadBack> {
  const copies = Object.entries(shapes).map(([name, shape]) => [copyName(name), input(name, shape)] as const);
  const session = await openSession(graph(Object.fromEntries(copies)), { device });
  return {
    async read(tensors) {
      const results = await session.run(tensors);
      return Object.fromEntries(
        Object.keys(shapes).map((name) => [name, results[copyName(name)]?.data as Float32Array]),
      );
    },
    release: () => session.release(),
  };
}

/** An output of its own: one that is called as its input would be no node, and no copy. */
const copyName = (name: string): string => `host/${name}`;
