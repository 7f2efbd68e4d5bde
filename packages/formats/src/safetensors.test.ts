import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSafetensors, readSafetensors, readTensor, writeSafetensors } from './safetensors.js';
import { SafetensorsError } from './safetensors-header.js';
import { elementCount, type Tensor, type TensorDtype, tensorOver, tensorTypes } from './tensor.js';

const fixtures = fileURLToPath(new URL('../../../fixtures/', import.meta.url));
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'safetensors-'));
});
afterAll(() => rm(folder, { recursive: true }));

const float = (...values: number[]): Tensor => ({
  dtype: 'float32',
  shape: [values.length],
  data: Float32Array.from(values),
});

/** A file of the given header text and so many zero bytes of data. */
async function fileOf(header: string | Uint8Array, dataBytes = 0, statedLength?: bigint): Promise<string> {
  const json = Buffer.from(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(statedLength ?? BigInt(json.length));
  const path = join(folder, 'made.safetensors');
  await writeFile(path, Buffer.concat([length, json, Buffer.alloc(dataBytes)]));
  return path;
}

describe('reading', () => {
  it('agrees with itself by range and as a whole on a file of the reference writer', async () => {
    const file = await openSafetensors(join(fixtures, 'clip_text.weights.safetensors'));
    const whole = await readSafetensors(file.path);
    expect([...file.tensors.keys()]).toEqual([...whole.tensors.keys()]);
    for (const [name, tensor] of whole.tensors) expect(await readTensor(file, name)).toEqual(tensor);
  });

  it('takes a scalar, an empty tensor and a name of any script', async () => {
    const path = join(folder, 'odd.safetensors');
    const tensors = new Map<string, Tensor>([
      ['7', { dtype: 'float32', shape: [], data: Float32Array.of(3) }],
      ['leer', { dtype: 'int64', shape: [2, 0, 3], data: new BigInt64Array(0) }],
      ['重み"\\\n', { dtype: 'bool', shape: [1, 3], data: Uint8Array.of(1, 0, 1) }],
      ['eighths', { dtype: 'int8', shape: [2], data: Int8Array.of(-127, 5) }],
      ['constructor', { dtype: 'uint8', shape: [1], data: Uint8Array.of(9) }],
    ]);
    await writeSafetensors(path, tensors, { format: 'pt' });
    const read = await readSafetensors(path);
    expect(read.metadata).toEqual({ format: 'pt' });
    expect(new Map([...read.tensors].sort())).toEqual(new Map([...tensors].sort()));
  });

  it('names the tensors that are there when one is not', async () => {
    const path = join(folder, 'named.safetensors');
    await writeSafetensors(path, new Map([['here', float(1)]]));
    const file = await openSafetensors(path);
    await expect(readTensor(file, 'there')).rejects.toThrow(/named\.safetensors: there is no tensor 'there'.*here/);
  });

  it('says so when the file shrinks between the header and a tensor', async () => {
    const path = join(folder, 'shrinks.safetensors');
    await writeSafetensors(path, new Map([['a', float(1, 2, 3, 4)]]));
    const file = await openSafetensors(path);
    await truncate(path, (file.tensors.get('a')?.offset ?? 0) + 5);
    await expect(readTensor(file, 'a')).rejects.toThrow(SafetensorsError);
  });
});

const entry = (dtype: string, shape: unknown, offsets: unknown) =>
  JSON.stringify({ dtype, shape, data_offsets: offsets });
const a = entry('F32', [2], [0, 8]);

describe.each<[string, string | Uint8Array, number, RegExp]>([
  ['a header that is not JSON', '{"a":', 0, /not JSON/],
  ['a header that is not UTF-8', Uint8Array.of(0x7b, 0xff, 0x7d), 0, /UTF-8/],
  ['a header that is a list', '[]', 0, /start with '\{'/],
  ['an overlap', `{"a":${a},"b":${entry('F32', [2], [4, 12])}}`, 12, /'b'.*overlaps/],
  ['a gap', `{"a":${a},"b":${entry('F32', [1], [12, 16])}}`, 16, /'b'.*gap/],
  ['data before the first tensor', `{"a":${entry('F32', [1], [4, 8])}}`, 8, /gap/],
  ['data that is cut short', `{"a":${a}}`, 7, /cut short/],
  ['bytes after the last tensor', `{"a":${a}}`, 9, /follows the last tensor/],
  ['a shape of other size than the bytes', `{"a":${entry('F32', [3], [0, 8])}}`, 8, /12 bytes, but takes 8/],
  ['a shape whose product overflows', `{"a":${entry('F32', [2 ** 52, 2 ** 52], [0, 8])}}`, 8, /but takes 8/],
  ['sizes beyond whole numbers', `{"a":${entry('F32', [1e300], [0, 8])}}`, 8, /list of sizes/],
  ['a negative size', `{"a":${entry('F32', [-2, -1], [0, 8])}}`, 8, /list of sizes/],
  ['offsets in the wrong order', `{"a":${entry('F32', [2], [8, 0])}}`, 8, /before it starts/],
  ['offsets that are missing', '{"a":{"dtype":"F32","shape":[]}}', 4, /data_offsets/],
  ['an unknown dtype', `{"a":${entry('F8_E4M3', [8], [0, 8])}}`, 8, /F8_E4M3.*reads I64/],
  ['an unknown field', `{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0],"x":1}}`, 0, /unknown field "x"/],
  ['a tensor that is no object', '{"a":[1]}', 0, /must be an object/],
  ['a duplicate tensor', `{"a":${a},"\\u0061":${a}}`, 8, /"a" twice/],
  ['a duplicate field', '{"a":{"dtype":"F32","dtype":"F32","shape":[0],"data_offsets":[0,0]}}', 0, /"dtype" twice/],
  ['a tensor named __proto__', `{"__proto__":${a}}`, 8, /__proto__/],
  ['metadata that is no text', '{"__metadata__":{"step":1}}', 0, /"step" is 1/],
  ['metadata named __proto__', '{"__metadata__":{"__proto__":"x"}}', 0, /__proto__/],
  ['a header nested without end', `{"a":{"dtype":${'['.repeat(200_000)}${']'.repeat(200_000)}}}`, 0, /dtype a list/],
])('%s', (_, header, dataBytes, message) => {
  it('is refused with the name of the file', async () => {
    const path = await fileOf(header, dataBytes);
    const failure = openSafetensors(path);
    await expect(failure).rejects.toThrow(SafetensorsError);
    await expect(failure).rejects.toThrow(message);
    await expect(failure).rejects.toThrow(path);
  });
});

describe('a header length that lies', () => {
  it.each([[2n ** 64n - 1n], [100_000_001n], [3n], [0n], [1n]])('of %s is refused', async (length) => {
    await expect(openSafetensors(await fileOf('{}', 0, length))).rejects.toThrow(SafetensorsError);
  });

  it('is refused when the file ends within the length', async () => {
    const path = join(folder, 'short.safetensors');
    await writeFile(path, Buffer.alloc(7));
    await expect(openSafetensors(path)).rejects.toThrow(/7 bytes/);
  });
});

it('names a file that is missing, and one that is a folder', async () => {
  await expect(openSafetensors(join(folder, 'none.safetensors'))).rejects.toThrow(
    /none\.safetensors: there is no such file/,
  );
  await expect(openSafetensors(folder)).rejects.toThrow(SafetensorsError);
});

describe('fuzzing', () => {
  const attempt = async (bytes: Uint8Array) => {
    const path = join(folder, 'fuzz.safetensors');
    await writeFile(path, bytes);
    try {
      const { tensors } = await readSafetensors(path);
      for (const { dtype, shape, data } of tensors.values()) {
        expect(data.length).toBe(elementCount(shape));
        expect(data).toBeInstanceOf(tensorTypes[dtype].array);
      }
    } catch (error) {
      if (!(error instanceof SafetensorsError)) throw error;
    }
  };

  it('random bytes give a result or a SafetensorsError', () =>
    fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), attempt), { numRuns: 200 }));

  it('random headers of a plausible kind give a result or a SafetensorsError', () => {
    const size = fc.oneof(fc.nat(4), fc.double(), fc.constant(2 ** 53), fc.constant(null));
    const tensor = fc.record(
      {
        dtype: fc.constantFrom('F32', 'I64', 'BOOL', 'F9', 7),
        shape: fc.array(size, { maxLength: 4 }),
        data_offsets: fc.array(size, { maxLength: 3 }),
      },
      { requiredKeys: [] },
    );
    const header = fc.dictionary(
      fc.oneof(fc.string(), fc.constantFrom('__metadata__', '__proto__')),
      fc.oneof(tensor, fc.jsonValue()),
    );
    return fc.assert(
      fc.asyncProperty(header, fc.nat(32), async (json, dataBytes) =>
        attempt(await readFile(await fileOf(JSON.stringify(json), dataBytes))),
      ),
      { numRuns: 200 },
    );
  });

  it('mutations of a valid file give a result or a SafetensorsError', async () => {
    const valid = await readFile(join(fixtures, 'sched_tables.io.safetensors'));
    const headerEnd = 8 + Number(valid.readBigUInt64LE(0));
    const edit = fc.record({ at: fc.nat(headerEnd + 64), byte: fc.integer({ min: 0, max: 255 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { maxLength: 4 }), fc.option(fc.nat(valid.length)), async (edits, cut) => {
        const bytes = Uint8Array.from(valid);
        for (const { at, byte } of edits) bytes[at] = byte;
        await attempt(cut === null ? bytes : bytes.subarray(0, cut));
      }),
      { numRuns: 200 },
    );
  });
});

describe('writing', () => {
  it('gives the very bytes of the reference writer', async () => {
    for (const name of ['clip_text.weights', 'sched_tables.io', 'optim.io', 'lora_unet_sd15.kohya']) {
      const path = join(fixtures, `${name}.safetensors`);
      const { tensors, metadata } = await readSafetensors(path);
      const copy = join(folder, 'copy.safetensors');
      await writeSafetensors(copy, new Map([...tensors].reverse()), metadata);
      expect((await readFile(copy)).equals(await readFile(path)), name).toBe(true);
    }
  });

  it('reads back what it wrote, for any types and shapes', () => {
    const dtypes = Object.keys(tensorTypes) as TensorDtype[];
    const tensor = fc
      .record({ dtype: fc.constantFrom(...dtypes), shape: fc.array(fc.nat(4), { maxLength: 4 }) })
      .chain(({ dtype, shape }) => {
        const bytes = elementCount(shape) * tensorTypes[dtype].bytes;
        return fc
          .uint8Array({ minLength: bytes, maxLength: bytes })
          .map((data) => tensorOver(dtype, shape, Uint8Array.from(data).buffer));
      });
    const name = fc.string({ unit: 'grapheme' }).filter((text) => !['__metadata__', '__proto__'].includes(text));
    const tensors = fc.uniqueArray(fc.tuple(name, tensor), { selector: ([key]) => key, maxLength: 6 });
    return fc.assert(
      fc.asyncProperty(tensors, async (entries) => {
        const path = join(folder, 'round.safetensors');
        await writeSafetensors(path, new Map(entries));
        const file = await openSafetensors(path);
        expect(file.tensors.size).toBe(entries.length);
        for (const [key, written] of entries) expect(await readTensor(file, key)).toEqual(written);
        expect(([...file.tensors.values()][0]?.offset ?? 0) % 8).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  it('refuses data that is not as long as its shape, and leaves the old file and nothing else', async () => {
    const own = await mkdtemp(join(folder, 'own-'));
    const path = join(own, 'model.safetensors');
    await writeSafetensors(path, new Map([['a', float(1)]]));
    const wrong: Tensor = { dtype: 'float32', shape: [3], data: new Float32Array(2) };
    await expect(writeSafetensors(path, new Map([['a', wrong]]))).rejects.toThrow(
      /model\.safetensors: tensor 'a'.*3 elements.*2/,
    );
    expect((await readSafetensors(path)).tensors.get('a')?.data).toEqual(Float32Array.of(1));
    expect(await readdir(own)).toEqual(['model.safetensors']);
  });
});
