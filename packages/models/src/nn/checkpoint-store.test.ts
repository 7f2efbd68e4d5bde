import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  bfloat16ToFloat32,
  float16ToFloat32,
  float32Tensor,
  float32ToBfloat16,
  float32ToFloat16,
  openSafetensors,
  readSafetensors,
  type Tensor,
  toFloat32,
  writeSafetensors,
} from '@bradley/formats';
import { graph, input } from '@bradley/graph';
import { evaluate } from '@bradley/runtime';
import { afterAll, describe, expect, it } from 'vitest';
import { unetConfigSchema } from '../unet/config.js';
import { unet2dCondition } from '../unet/unet-2d-condition.js';
import { checkpointStore, type StoredTensor, WeightError } from './checkpoint-store.js';
import { paramsOf } from './params.js';

const stored = (shape: readonly number[], dtype = 'float32'): StoredTensor => ({
  file: '/models/unet.safetensors',
  dtype,
  shape,
  offset: 0,
  byteLength: 0,
});
const ones = { kind: 'ones' } as const;

describe('a checkpoint that does not fit its model', () => {
  const store = checkpointStore(
    new Map([
      ['mid.to_k.weight', stored([640, 768])],
      ['mid.to_q.weight', stored([640, 640], 'int8')],
    ]),
    '/models/unet',
  );

  it('names a tensor of another shape, what the model needs, what the file has, and what to do', () => {
    const ask = () => store.tensor('mid.to_k.weight', [640, 2048], ones);
    expect(ask).toThrow(WeightError);
    expect(ask).toThrow(
      'mid.to_k.weight: the model needs (640, 2048), but /models/unet.safetensors has (640, 768). ' +
        'config.json and the weights disagree: check that both come from the same model folder.',
    );
  });

  it('names a tensor that is missing, and those that lie beside it', () => {
    expect(() => store.tensor('mid.to_v.weight', [640, 768], ones)).toThrow(
      'mid.to_v.weight: the model needs (640, 768), but /models/unet has no such tensor ' +
        '(it has mid.to_k.weight, mid.to_q.weight, …).',
    );
  });

  it('names a tensor of a type that is no weight', () => {
    expect(() => store.tensor('mid.to_q.weight', [640, 640], ones)).toThrow(
      'mid.to_q.weight: /models/unet.safetensors stores it as int8, but weights are float32, float16 or bfloat16.',
    );
  });
});

it('gives the same value to everyone who asks for a tensor', () => {
  const store = checkpointStore(new Map([['w', stored([2])]]), '/models/unet');
  expect(store.tensor('w', [2], ones)).toBe(store.tensor('w', [2], ones));
});

describe('16-bit weights', () => {
  const fixtures = fileURLToPath(new URL('../../../../fixtures', import.meta.url));
  const folder = mkdtempSync(join(tmpdir(), 'bradley-weights-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** The prediction of the fixture's UNet with the weights of a file. */
  async function predict(path: string): Promise<Float32Array> {
    const { config } = JSON.parse(await readFile(join(fixtures, 'unet_sd15.json'), 'utf8'));
    const { tensors: io } = await readSafetensors(join(fixtures, 'unet_sd15.io.safetensors'));
    const given = (name: string): Tensor => io.get(`in.${name}`) as Tensor;
    const at = (name: string) => input(name, given(name).shape);
    const { tensors } = await openSafetensors(path);
    const places = new Map([...tensors].map(([name, entry]) => [name, { file: path, ...entry }]));
    const y = unet2dCondition(
      paramsOf(checkpointStore(places, path)),
      unetConfigSchema.parse(config),
      at('sample'),
      at('timestep'),
      { encoderHiddenStates: at('encoder_hidden_states') },
    );
    const names = ['sample', 'timestep', 'encoder_hidden_states'];
    const out = await evaluate(graph({ y }), Object.fromEntries(names.map((name) => [name, toFloat32(given(name))])));
    return out.y?.data as Float32Array;
  }

  const furthest = (a: Float32Array, b: Float32Array): number =>
    a.reduce((most, x, i) => Math.max(most, Math.abs(x - (b[i] as number))), 0);

  it.each([
    // 11 and 8 significant bits.
    ['float16', float32ToFloat16, float16ToFloat32, 5e-3],
    ['bfloat16', float32ToBfloat16, bfloat16ToFloat32, 4e-2],
  ] as const)('%s compute what the same numbers in float32 do', async (dtype, narrow, widen, tolerance) => {
    const original = join(fixtures, 'unet_sd15.weights.safetensors');
    const { tensors } = await readSafetensors(original);
    const narrowed = new Map([...tensors].map(([name, t]) => [name, { ...t, dtype, data: narrow(toFloat32(t)) }]));
    const widened = new Map([...narrowed].map(([name, t]) => [name, float32Tensor(t.shape, widen(t.data))]));
    const [narrowPath, widePath] = [join(folder, `${dtype}.safetensors`), join(folder, `${dtype}.wide.safetensors`)];
    await writeSafetensors(narrowPath, narrowed);
    await writeSafetensors(widePath, widened);
    const [narrowY, wideY, exactY] = [await predict(narrowPath), await predict(widePath), await predict(original)];
    const scale = furthest(exactY, new Float32Array(exactY.length));
    expect(furthest(narrowY, wideY)).toBeLessThan(1e-6 * scale);
    expect(furthest(narrowY, exactY)).toBeLessThan(tolerance * scale);
    expect(furthest(narrowY, exactY)).toBeGreaterThan(1e-5 * scale);
  });
});
