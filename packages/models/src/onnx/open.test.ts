import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OnnxError, patchOnnx } from '@bradley/graph';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fixture } from './fixture.test-support.js';
import { inspectOnnx } from './inspect.js';
import { openOnnxModel } from './open.js';

const weights = 'unet_sd15.weights.safetensors';
let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onnx-'));
  await mkdir(join(folder, 'model'));
  await copyFile(fixture('unet_sd15.onnx'), join(folder, 'model/unet.onnx'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));
const open = () => openOnnxModel(join(folder, 'model/unet.onnx'));

describe('external data', () => {
  it('is referred to where it lies, not read', async () => {
    const { tensors } = await openOnnxModel(fixture('unet_sd15.onnx'));
    const { source, shape } = tensors.get('conv_in.weight') ?? {};
    expect([shape, source?.length]).toEqual([[16, 4, 3, 3], 2304]);
    expect(source?.file).toBe(fixture(weights));
  });

  it('must be there, and whole', async () => {
    await expect(open()).rejects.toThrow(`unet.onnx: its external data '${weights}' is missing. Put the file beside`);
    await copyFile(fixture(weights), join(folder, 'model', weights));
    await expect(open()).resolves.toMatchObject({ label: join(folder, 'model/unet.onnx') });
    await truncate(join(folder, 'model', weights), 50_000);
    await expect(open()).rejects.toThrow(/has 50000 bytes, but a tensor lies at \d+ to \d+. Is the file cut short\?/);
  });

  it('may be where the Hugging Face cache keeps it', async () => {
    const snapshot = join(folder, 'models--a--b/snapshots/0123/unet');
    const blobs = join(folder, 'models--a--b/blobs');
    await mkdir(snapshot, { recursive: true });
    await mkdir(blobs);
    await copyFile(fixture('unet_sd15.onnx'), join(blobs, 'one'));
    await copyFile(fixture(weights), join(blobs, 'two'));
    await symlink('../../../blobs/one', join(snapshot, 'model.onnx'));
    await symlink('../../../blobs/two', join(snapshot, weights));
    const { tensors } = await openOnnxModel(join(snapshot, 'model.onnx'));
    expect(tensors.get('conv_in.weight')?.source?.file).toBe(join(blobs, 'two'));
  });

  it('must lie inside the folder of the model, also behind a link', async () => {
    await copyFile(fixture(weights), join(folder, weights));
    await symlink(join(folder, weights), join(folder, 'model', weights));
    await expect(open()).rejects.toThrow(`its external data '${weights}' lies outside its folder`);
    for (const location of [`../${weights}`, join(folder, weights), `model/../../${weights}`]) {
      const bytes = new Uint8Array(await readFile(fixture('unet_sd15.onnx')));
      const moved = patchOnnx(bytes, new Map([['conv_in.weight', { location, offset: 0, length: 2304 }]]));
      await rm(join(folder, 'model', weights), { force: true });
      await copyFile(fixture(weights), join(folder, 'model', weights));
      await writeFile(join(folder, 'model/unet.onnx'), moved);
      await expect(open()).rejects.toThrow(/lies outside its folder|is missing/);
    }
  });
});

describe('a file', () => {
  it('that is cut short or changed is an error that names it, or another model, never a crash', async () => {
    const whole = await readFile(fixture('onnx/convnext.onnx'));
    const path = join(folder, 'damaged.onnx');
    await fc.assert(
      fc.asyncProperty(
        fc.nat(whole.length - 1),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 8 }),
        async (cut, edits) => {
          const bytes = Buffer.from(edits.length ? whole : whole.subarray(0, cut));
          for (const [at, byte] of edits) bytes[at % bytes.length] = byte;
          await writeFile(path, bytes);
          try {
            inspectOnnx(await openOnnxModel(path), { batch: 2 });
          } catch (error) {
            expect(error).toBeInstanceOf(OnnxError);
            expect((error as Error).message).toContain('damaged.onnx');
          }
        },
      ),
      { numRuns: 120 },
    );
  });

  it('that is not there is named', async () => {
    await expect(openOnnxModel(join(folder, 'none.onnx'))).rejects.toThrow(/none.onnx: there is no such file/);
  });
});

describe('an inspection', () => {
  it('says what a model takes, what it is made of, and what can be trained', async () => {
    const model = await openOnnxModel(fixture('onnx/convnext.onnx'));
    const found = inspectOnnx(model);
    expect(found).toMatchObject({ opset: 17, producer: 'pytorch', lengths: ['batch'], read: null });
    expect(found.inputs).toEqual([
      { name: 'pixel_values', storage: 'float32', dtype: 'float32', shape: ['batch', 3, 16, 16] },
    ]);
    expect(found.operators.find(({ name }) => name === 'Conv')).toEqual({
      name: 'Conv',
      count: 4,
      support: 'gradient',
    });
    expect(found.layers.find(({ path }) => path === 'classifier')).toMatchObject({
      inputs: 16,
      outputs: 5,
      kernel: null,
    });
    expect(found.layers.filter(({ kernel }) => kernel)).toHaveLength(2); // the depthwise ones are none
    expect(found.tensors.some(({ name }) => name === 'classifier.bias')).toBe(true);
    expect(inspectOnnx(model, { batch: 3 })).toMatchObject({ read: true, problem: null });
  });

  it('gives the reason where a model cannot be read with these lengths', async () => {
    const model = await openOnnxModel(fixture('onnx/vit.onnx'));
    expect(() => inspectOnnx(model, { bach: 2 })).toThrow('no input has a length called bach; there are batch');
    const named = { ...model, inputs: model.inputs.map((port) => ({ ...port, shape: ['batch', 3, 'height', 16] })) };
    expect(inspectOnnx(named, { batch: 2, height: 15 })).toMatchObject({
      read: false,
      problem: expect.stringMatching(/vit.onnx: node '.*' \(Add\): Add: shapes .* do not broadcast/),
    });
  });
});
