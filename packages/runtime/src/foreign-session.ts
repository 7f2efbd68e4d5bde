import type { DType } from '@bradley/graph';
import { ort } from './onnxruntime.js';
import type { HostData, HostTensor } from './session.js';

/** An ONNX file from elsewhere, run as it is: any operators, any shapes that it takes. On the CPU. */
export interface ForeignSession {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Computes the outputs that are asked for. */
  run(feeds: Readonly<Record<string, HostTensor>>, outputs: readonly string[]): Promise<Record<string, HostTensor>>;
  release(): Promise<void>;
}

/** @throws Error naming the file, where it is no ONNX model or the runtime cannot run it */
export async function openForeignSession(
  path: string,
  { threads }: { readonly threads?: number } = {},
): Promise<ForeignSession> {
  const session = await ort.InferenceSession.create(path, {
    executionProviders: ['cpu'],
    logSeverityLevel: 3,
    ...(threads ? { intraOpNumThreads: threads } : {}),
  }).catch((cause: Error) => {
    throw new Error(`${path}: cannot be run as an ONNX model: ${cause.message}`, { cause });
  });
  return {
    inputs: session.inputNames,
    outputs: session.outputNames,
    async run(feeds, outputs) {
      const unknown = outputs.filter((name) => !session.outputNames.includes(name));
      if (unknown.length > 0)
        throw new Error(`${path} has no output ${unknown.join(', ')}. It has ${session.outputNames.join(', ')}.`);
      const tensors = Object.entries(feeds).map(([name, { dtype, data, shape }]) => {
        return [name, new ort.Tensor(dtype as 'float32', data as Float32Array, shape)] as const;
      });
      const results = await session.run(Object.fromEntries(tensors), [...outputs]).catch((cause: Error) => {
        throw new Error(`${path}: ${cause.message}`, { cause });
      });
      const found = outputs.map((name) => {
        const { type, dims, data } = results[name] as ort.Tensor;
        return [name, { dtype: type as DType, shape: dims, data: data as HostData }] as const;
      });
      return Object.fromEntries(found);
    },
    release: () => session.release(),
  };
}
