import { realpathSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import type { DType, OnnxModel, Shape } from '@bradley/graph';
import { type DeviceTensor, deviceTensor, isDeviceTensor } from './devices/device-tensor.js';
import { type Device, type DeviceName, devices, whyMissing } from './devices/table.js';
import { startFailure, unavailable } from './devices/unavailable.js';
import { ort } from './onnxruntime.js';

/** A tensor on the host: what a session is fed and what it gives back. */
export interface HostTensor {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly data: HostData;
}

export type HostData = Float32Array | BigInt64Array | Int32Array | Int8Array | Uint8Array | Uint16Array;

/** What a session is fed, by name: numbers of the host, or what another session left on the device. */
export type Feeds = Readonly<Record<string, HostData | DeviceTensor>>;

/**
 * `packed`: every frozen tensor is copied into the layouts that its kernels like best, one copy for each use: the fastest for small
 * models. `mapped`: they stay the pages of their files, shared by all sessions, and nothing is computed from them ahead of a run.
 */
export type FrozenWeights = 'packed' | 'mapped';

export interface SessionOptions {
  /** Where to compute. Default the CPU. */
  readonly device?: DeviceName;
  /** Kernel threads. Default: the runtime's own choice, one per physical core, or the cores that this process is held to. */
  readonly threads?: number;
  /**
   * Free the memory of a value when it is done with, instead of holding it for a later one of the same shape. Pays where most is
   * computed twice to keep little (SD 1.5: 1.2 GB of 4.0), and costs small models a third of their time. On a CPU only.
   */
  readonly freeEarly?: boolean;
  /** How frozen weights are held. Default: mapped where they are large. */
  readonly weights?: FrozenWeights;
  /** Write an operator profile with this file prefix; `endProfiling` closes it. */
  readonly profile?: string;
  /** Outputs that stay on the device; `runKeeping` gives them. */
  readonly keep?: readonly string[];
  /** Refuse a graph that has a node which the device would hand back to the CPU: for tests. */
  readonly strict?: boolean;
}

export interface Session {
  readonly model: OnnxModel;
  readonly device: DeviceName;
  /**
   * Runs the model once. Blocks the event loop for as long as it computes, although it returns a promise. Feeds are read in
   * place; what comes back is always fresh memory.
   *
   * @throws FeedError when a feed is missing, unknown, or of another type or size than the model takes.
   */
  run(feeds: Feeds): Promise<Record<string, HostTensor>>;
  /** `run` of a session that keeps outputs: those come as tensors of the device, which the caller disposes of. */
  runKeeping(feeds: Feeds): Promise<{ host: Record<string, HostTensor>; kept: Record<string, DeviceTensor> }>;
  endProfiling(): Promise<void>;
  /**
   * Gives back what the runtime holds, weights and workspace, until the next run, which loads the model again. For work beside it
   * that needs the memory.
   */
  suspend(): Promise<void>;
  release(): Promise<void>;
}

export class FeedError extends Error {
  override name = 'FeedError';
}

/**
 * Loads a model onto the device that it was compiled for; `openSession` does both.
 *
 * @throws DeviceError when the device is not there, with what was tried and how to get it
 */
export async function createSession(model: OnnxModel, options: SessionOptions = {}): Promise<Session> {
  const { device = 'cpu', keep = [] } = options;
  let session: Promise<ort.InferenceSession> | null = start(model, device, options);
  let released = false;
  await session;
  const suspend = async (): Promise<void> => {
    const held = await session;
    session = null;
    await held?.release();
  };
  const kept = new Set(keep);
  const runKeeping: Session['runKeeping'] = async (feeds) => {
    if (released) throw new Error('this session was released: it cannot run any more.');
    session ??= start(model, device, options);
    const results = await (await session).run(toFeeds(model, feeds));
    const host: Record<string, HostTensor> = {};
    const onDevice: Record<string, DeviceTensor> = {};
    for (const output of model.outputs) {
      const { name, dtype, shape } = output;
      const result = results[name] as ort.Tensor;
      if (kept.has(name)) onDevice[name] = deviceTensor(output, result);
      else host[name] = { dtype, shape, data: result.data as HostData };
    }
    return { host, kept: onDevice };
  };
  return {
    model,
    device,
    async run(feeds) {
      if (keep.length > 0) throw new RangeError('a session that keeps outputs on the device is run with runKeeping');
      return (await runKeeping(feeds)).host;
    },
    runKeeping,
    async endProfiling() {
      (await session)?.endProfiling();
    },
    suspend,
    async release() {
      released = true;
      await suspend();
    },
  };
}

async function start(model: OnnxModel, name: DeviceName, options: SessionOptions): Promise<ort.InferenceSession> {
  const missing = whyMissing(name);
  if (missing !== null) throw unavailable(name, missing);
  const { provider, keepsTensors, environment }: Device = devices[name];
  for (const [variable, value] of Object.entries(environment)) process.env[variable] ??= value;
  const threads = options.threads ?? heldToCores();
  const mapped = options.weights === 'mapped';
  const buffers = keepsTensors ? (options.keep ?? []) : [];
  const started = ort.InferenceSession.create(model.bytes, {
    executionProviders: [provider],
    // The last level repacks convolutions.
    graphOptimizationLevel: mapped ? 'extended' : 'all',
    // Halves the peak of a training graph at no clear cost in time; DirectML takes no other.
    enableMemPattern: false,
    logSeverityLevel: 3,
    ...(threads ? { intraOpNumThreads: threads } : {}),
    ...(options.profile ? { enableProfiling: true, profileFilePrefix: options.profile } : {}),
    ...(buffers.length > 0
      ? { preferredOutputLocation: Object.fromEntries(buffers.map((output) => [output, 'gpu-buffer'])) }
      : {}),
    extra: {
      session: {
        set_denormal_as_zero: '1',
        // Frozen tensors are external data anywhere on the machine, named relative to the root.
        model_external_initializers_file_folder_path: realpathSync('/'),
        // A weight of 8 bits means the numbers that it dequantises to: no kernel that also rounds what it multiplies with.
        disable_quant_qdq: '1',
        ...(mapped ? { disable_prepacking: '1' } : {}),
        ...(options.strict ? { disable_cpu_ep_fallback: '1' } : {}),
      },
      optimization: {
        // The first merges reshapes across a barrier, which then holds nothing back.
        disable_specified_optimizers: ['ReshapeFusion', ...(mapped ? ['ConstantFolding'] : [])].join(';'),
      },
    },
  });
  return started.catch((error: Error) => {
    const reason = startFailure(error.message);
    throw reason === null ? error : unavailable(name, reason);
  });
}

/**
 * How many cores this process may use, if fewer than the machine has (taskset, a container). Left to itself the runtime
 * starts a thread on every core of the machine all the same.
 */
function heldToCores(): number | null {
  const allowed = availableParallelism();
  return allowed < cpus().length ? allowed : null;
}

function toFeeds(model: OnnxModel, feeds: Feeds): Record<string, ort.Tensor> {
  const tensors: Record<string, ort.Tensor> = {};
  const known = new Set<string>();
  for (const { name, dtype, shape } of model.inputs) {
    known.add(name);
    const data = feeds[name];
    const length = shape.reduce((product, n) => product * n, 1);
    if (!data)
      throw new FeedError(`the model needs a feed '${name}' of ${dtype} (${shape.join(', ')}), but none was given`);
    if (isDeviceTensor(data)) {
      if (data.dtype !== dtype || data.shape.join() !== shape.join())
        throw new FeedError(
          `feed '${name}': the model takes ${dtype} (${shape.join(', ')}), but got ${data.dtype} (${data.shape.join(', ')})`,
        );
      tensors[name] = data.handle;
      continue;
    }
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
  int8: [Int8Array],
  bool: [Uint8Array],
  float16: [Uint16Array],
  bfloat16: [Uint16Array],
};
