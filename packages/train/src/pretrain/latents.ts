import { joinFloat32 } from '@bradley/formats';
import { constant, graph, input, type Value } from '@bradley/graph';
import { encodeMoments, type ParameterStore, paramsOf, posterior, type VaeConfig } from '@bradley/models';
import { type HostTensor, openSession } from '@bradley/runtime';
import type { Pictures } from './pictures.js';

/** The posterior of every picture, unscaled: mean and standard deviation, (C·h·w) each. */
export interface Latents {
  readonly mean: readonly Float32Array[];
  readonly std: readonly Float32Array[];
  /** (C, h, w) */
  readonly shape: readonly [number, number, number];
  /** One over the standard deviation of all draws: what AutoencoderKL calls scaling_factor. */
  readonly scalingFactor: number;
}

/** Weights at hand as constants of a graph. */
export function constantStore(weights: Readonly<Record<string, Float32Array>>): ParameterStore {
  const values = new Map<string, Value>();
  return {
    tensor(path, shape) {
      const data = weights[path];
      if (!data) throw new Error(`there is no weight ${path}`);
      const value = values.get(path) ?? constant(data, shape);
      values.set(path, value);
      return value;
    },
    adapter: () => null,
  };
}

export async function encodePictures(config: VaeConfig, store: ParameterStore, pictures: Pictures): Promise<Latents> {
  const batch = Math.min(32, pictures.images.length);
  const images = input('images', [batch, 3, pictures.size, pictures.size]);
  const { mean, std } = posterior(encodeMoments(paramsOf(store), config, images));
  const session = await openSession(graph({ mean, std }));
  const [means, stds]: [Float32Array[], Float32Array[]] = [[], []];
  const width = mean.shape.slice(1).reduce((a, b) => a * b, 1);
  for (let start = 0; start < pictures.images.length; start += batch) {
    const rows = Array.from(
      { length: batch },
      (_, i) => pictures.images[Math.min(start + i, pictures.images.length - 1)],
    );
    const out = await session.run({ images: joinFloat32(rows as Float32Array[]) });
    for (let i = 0; i < batch && start + i < pictures.images.length; i++) {
      means.push(floats(out.mean).slice(i * width, (i + 1) * width));
      stds.push(floats(out.std).slice(i * width, (i + 1) * width));
    }
  }
  await session.release();
  const shape = mean.shape.slice(1) as [number, number, number];
  return { mean: means, std: stds, shape, scalingFactor: 1 / deviation(means, stds) };
}

function floats(tensor: HostTensor | undefined): Float32Array {
  if (!(tensor?.data instanceof Float32Array)) throw new Error('the encoder gave no float32 latents');
  return tensor.data;
}

/** √(Var[mean] + E[std²]) over all elements. */
function deviation(means: readonly Float32Array[], stds: readonly Float32Array[]): number {
  let [n, sum, squares, noise] = [0, 0, 0, 0];
  means.forEach((mean, i) => {
    mean.forEach((value, j) => {
      n += 1;
      sum += value;
      squares += value * value;
      noise += (stds[i]?.[j] ?? 0) ** 2;
    });
  });
  return Math.sqrt(squares / n - (sum / n) ** 2 + noise / n);
}
