import { copyFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCheckpoint } from '../checkpoint-files.js';
import { readSafetensors, readTensor } from '../safetensors.js';
import { openTorchFile } from './open-torch-file.js';
import { TorchFileError } from './torch-file-error.js';

const fixture = (name: string): string => fileURLToPath(new URL(`../../../../fixtures/torch/${name}`, import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'torch-file-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function readAll(path: string) {
  const file = await openTorchFile(path);
  return new Map(
    await Promise.all([...file.tensors.keys()].map(async (name) => [name, await readTensor(file, name)] as const)),
  );
}

describe('a file of torch.save', () => {
  it('has the tensors that PyTorch saved, of every type, tied, cut from a larger one and empty', async () => {
    const { tensors } = await readSafetensors(fixture('expected.safetensors'));
    const found = await readAll(fixture('plain.pt'));
    expect([...found.keys()].sort()).toEqual([...tensors.keys()].sort());
    for (const [name, tensor] of tensors) expect(found.get(name)).toEqual(tensor);
  });

  it('gives its state dict where it has one among other things', async () => {
    expect(await readAll(fixture('training.pt'))).toEqual(await readAll(fixture('plain.pt')));
  });

  it('joins the names of nested dicts, and leaves out what is no tensor', async () => {
    const { tensors } = await openTorchFile(fixture('nested.pt'));
    expect([...tensors.keys()]).toEqual(['heads.first.weight', 'heads.second.weight']);
    expect(tensors.get('heads.second.weight')?.shape).toEqual([4]);
  });

  it('opens where a checkpoint does', async () => {
    const checkpoint = await openCheckpoint(fixture('plain.pt'));
    const { file, entry } = checkpoint.get('a.weight') ?? {};
    expect(entry).toMatchObject({ dtype: 'float32', shape: [3, 4], byteLength: 48 });
    expect(file?.path).toBe(fixture('plain.pt'));
  });

  it('is the weights of a folder that has no safetensors', async () => {
    await copyFile(fixture('plain.pt'), join(folder, 'pytorch_model.bin'));
    expect((await openCheckpoint(folder)).get('a.bias')?.entry.dtype).toBe('float16');
    await copyFile(fixture('expected.safetensors'), join(folder, 'model.safetensors'));
    expect((await openCheckpoint(folder)).get('a.bias')?.file.path).toBe(join(folder, 'model.safetensors'));
  });

  it.each([
    [
      'program.pt',
      /program\.pt: it names posix\.system, which is no part of a tensor\. Only tensors are read .*save_file\./,
    ],
    ['strided.pt', /tensor 'turned': its numbers do not lie in order \(shape 4, 3, strides 1, 4\)\. .*contiguous/],
    ['before_1_6.pt', /it was saved by PyTorch before 1\.6, in a format that is not read\. .*save_file/],
    ['protocol_4.pt', /it is a pickle of protocol 4, and torch\.save writes protocol 2/],
    ['expected.safetensors', /it is no file of torch\.save, which is a zip archive: it begins with/],
    ['missing.pt', /cannot open the weights: ENOENT/],
  ])('is refused when it is %s', async (name, message) => {
    const error = await openTorchFile(fixture(name)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TorchFileError);
    expect((error as Error).message).toMatch(message);
  });

  it('is either read with tensors inside of it or refused by name, whatever is cut off', async () => {
    const whole = await readFile(fixture('training.pt'));
    const path = join(folder, 'cut.pt');
    for (let length = 0; length < whole.length; length += 97) {
      await writeFile(path, whole);
      await truncate(path, length);
      await expect(openTorchFile(path)).rejects.toThrow(TorchFileError);
    }
  });

  it('is either read with tensors inside of it or refused by name, whatever bytes are changed', async () => {
    const whole = await readFile(fixture('training.pt'));
    const path = join(folder, 'flipped.pt');
    const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 8 }), async (changes) => {
        const bytes = Buffer.from(whole);
        for (const [at, value] of changes) bytes[at] = value;
        await writeFile(path, bytes);
        await readOrRefuse(path, bytes.length);
      }),
      { numRuns: 300 },
    );
  });
});

/** Opens it; each tensor that it then claims to have lies within its bytes, and is no longer than they are. */
async function readOrRefuse(path: string, size: number): Promise<void> {
  try {
    const { tensors } = await openTorchFile(path);
    for (const { offset, byteLength } of tensors.values()) {
      expect(offset).toBeGreaterThanOrEqual(0);
      expect(offset + byteLength).toBeLessThanOrEqual(size);
    }
  } catch (error) {
    expect(error).toBeInstanceOf(TorchFileError);
    expect((error as Error).message.startsWith(path)).toBe(true);
  }
}
