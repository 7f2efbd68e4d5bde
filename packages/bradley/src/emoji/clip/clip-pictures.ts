import { access } from 'node:fs/promises';
import { openSafetensors, readTensor, writeSafetensors } from '@bradley/formats';
import type { DiffusionModel } from '@bradley/models';
import type { SessionOptions } from '@bradley/runtime';
import { redraw } from '../redraw.js';

/** As the quick start samples. */
const redrawing = { steps: 16, guidance: 3 };

/**
 * Pictures (3, 64, 64) in [−1, 1] as the model redraws them, rounded to eight bits as a saved picture is. Kept in `file`, which is read
 * where it is there: drawing a thousand takes minutes.
 */
export async function keptRedrawings(
  file: string,
  pictures: readonly { readonly name: string; readonly image: Float32Array }[],
  model: DiffusionModel,
  options: SessionOptions & { readonly strength: number; readonly seed: number },
): Promise<Float32Array[]> {
  const there = await access(file).then(
    () => true,
    () => false,
  );
  if (!there) {
    const images = await redraw(pictures, model, { ...redrawing, ...options });
    const length = images[0]?.length ?? 0;
    const data = new Uint8Array(images.length * length);
    images.forEach((image, i) => {
      data.set(
        image.map((value) => Math.round(127.5 * (value + 1))),
        i * length,
      );
    });
    await writeSafetensors(file, new Map([['pictures', { dtype: 'uint8', shape: [images.length, length], data }]]), {});
  }
  const { shape, data } = await readTensor(await openSafetensors(file), 'pictures');
  const [count = 0, length = 0] = shape;
  if (count !== pictures.length)
    throw new Error(`${file}: it has ${count} pictures, expected ${pictures.length}. Delete it: it is drawn anew.`);
  return pictures.map((_, i) =>
    Float32Array.from(data.subarray(i * length, (i + 1) * length) as Uint8Array, (byte) => byte / 127.5 - 1),
  );
}
