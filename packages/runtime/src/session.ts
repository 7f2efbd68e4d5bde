import { realpathSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import type { DType, OnnxModel, Shape } from '@bradley/graph';
import * as ort from 'onnxruntime-node';

/** A tensor on the host: what a session is fed and what it gives back. */
export interface HostTensor {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly data: HostData;
}

export type HostData = Float32Array | BigInt64Array | Int32Array | Uint8Array | Uint16Array;

export interface SessionOptions {
  /** Kernel threads. Default: the runtime's own choice, one per physical core, or the cores that this process is held to. */
  readonly threads?: number;
  /**
   * Pack frozen weights for speed. Off shares their file pages between sessions and costs speed at small batches
   * (measured: no private memory against 1.3–3 times the time). Default true.
   */
  readonly prepack?: boolean;
  /** Write an operator profile with this file prefix; `endProfiling` closes it. */
  readonly profile?: string;
}

export interface Session {
  readonly model: OnnxModel;
  /**
   * Runs the model once. Blocks the event loop for as long as it computes, although it returns a promise. Feeds are read in
   * place; what comes back is always fresh memory.
   *
   * @throws FeedError when a feed is missing, unknown, or of another type or size than the model takes.
   */
  run(feeds: Readonly<Record<string, HostData>>): Promise<Record<string, HostTensor>>;
  endProfiling(): void;
  release(): Promise<void>;
}

export class FeedError extends Error {
  override name = 'FeedError';
}

/** Loads a compiled model onto the CPU provider of ONNX Runtime. */
export async function createSession(model: OnnxModel, options: SessionOptions = {}): Promise<Session> {
  const threads = options.threads ?? heldToCores();
  const session = await ort.InferenceSession.create(model.bytes, {
    executionProviders: ['cpu'],
    graphOptimizationLevel: 'all',
    // Halves the peak of a training graph at no clear cost in time.
    enableMemPattern: false,
    logSeverityLevel: 3,
    ...(threads ? { intraOpNumThreads: threads } : {}),
    ...(options.profile ? { enableProfiling: true, profileFilePrefix: options.profile } : {}),
    extra: {
      session: {
        set_denormal_as_zero: '1',
        // Frozen tensors are external data anywhere on the machine, named relative to the root.
        model_external_initializers_file_folder_path: realpathSync('/'),
        ...(options.prepack === false ? { disable_prepacking: '1' } : {}),
      },
    },
  });
  return {
    model,
    async run(feeds) {
      const results = await session.run(toFeeds(model, feeds));
      return Object.fromEntries(
        model.outputs.map(({ name, dtype, shape }) => [name, { dtype, shape, data: results[name]?.data as HostData }]),
      );
    },
    endProfiling: () => session.endProfiling(),
    release: () => session.release(),
  };
}

/**
 * How many cores this process may use, if fewer than the machine has (taskset, a container). Left to itself the runtime
 * starts a thread on every core of the machine all the same.
 */
function heldToCores(): number | null {
  const allowed = availableParallelism();
  return allowed < cpus().length ? allowed : null;
}

function toFeeds(model: OnnxModel, feeds: Readonly<Record<string, HostData>>): Record<string, ort.Tensor> {
  const tensors: Record<string, ort.Tensor> = {};
  const known = new Set<string>();
  for (const { name, dtype, shape } of model.inputs) {
    known.add(name);
    const data = feeds[name];
    const length = shape.reduce((product, n) => product * n, 1);
    if (!data)
      throw new FeedError(`the model needs a feed '${name}' of ${dtype} (${shape.join(', ')}), but none was given`);
    if (data.length !== length || !arrayTypes[dtype].some((type) => data instanceof type))
      throw new FeedError(
        `feed '${name}': the model takes ${dtype} (${shape.join(', ')}), but got ${data.constructor.name} of ${data.length}`,
      );
    tensors[name] = new ort.Tensor(dtype as 'float32', data as Float32Array, shape);
  }
  const unknown = Object.keys(feeds).filter((name) => !known.has(name));
  if (unknown.length)
    throw new FeedError(`the model has no input called ${unknown.join(', ')}; it takes ${[...known].join(', ')}`);
  return tensors;
}

const arrayTypes: Record<DType, readonly (abstract new (...args: never[]) => object)[]> = {
  float32: [Float32Array],
  int64: [BigInt64Array],
  int32: [Int32Array],
  bool: [Uint8Array],
  float16: [Uint16Array],
  bfloat16: [Uint16Array],
};
