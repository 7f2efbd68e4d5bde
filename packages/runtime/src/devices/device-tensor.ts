import type { DType, OnnxModel, Shape } from '@bradley/graph';
import { ort } from '../onnxruntime.js';

/**
 * A tensor that stays where a session computed it, to be fed to another session of the same device. Its numbers are read
 * with `readBack`. Memory of a GPU is not seen by the garbage collector: who gets one disposes of it.
 */
export interface DeviceTensor {
  readonly dtype: DType;
  readonly shape: Shape;
  /** ONNX Runtime's own. Reading its data aborts the process where it lies on a GPU. */
  readonly handle: ort.Tensor;
  dispose(): void;
}

export const isDeviceTensor = (feed: object): feed is DeviceTensor => 'handle' in feed;

/** What a run left on the device. */
export function deviceTensor({ dtype, shape }: OnnxModel['outputs'][number], handle: ort.Tensor): DeviceTensor {
  return { dtype, shape, handle, dispose: () => handle.dispose() };
}

/** Numbers of the host as such a tensor: read in place, and carried over whenever it is fed. */
export function hostAsDeviceTensor(data: Float32Array, shape: Shape): DeviceTensor {
  return { dtype: 'float32', shape, handle: new ort.Tensor('float32', data, shape), dispose: () => {} };
}
