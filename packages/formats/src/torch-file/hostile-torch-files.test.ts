import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTorchFile } from './open-torch-file.js';
import { readPickle } from './pickle.js';
import { TorchFileError } from './torch-file-error.js';
import { torchHost } from './torch-globals.js';
import { type ZippedFile, zipOf } from './write-zip.test-support.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hostile-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function open(bytes: Uint8Array) {
  const path = join(folder, 'file.pt');
  await writeFile(path, bytes);
  return openTorchFile(path);
}

const file = (pickle: Uint8Array, ...others: ZippedFile[]): Buffer =>
  zipOf([{ name: 'a/data.pkl', bytes: pickle }, ...others]);
const storage = (bytes: number): ZippedFile => ({ name: 'a/data/0', bytes: Buffer.alloc(bytes) });

/** Opcodes as Python's pickle writes them. */
const text = (value: string): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(Buffer.byteLength(value));
  return Buffer.concat([Buffer.from('X'), length, Buffer.from(value)]);
};
const whole = (value: number): Buffer => {
  const bytes = Buffer.alloc(10);
  bytes.write('\x8a\x08', 'latin1');
  bytes.writeBigInt64LE(BigInt(value), 2);
  return bytes;
};
const tuple = (...items: Uint8Array[]): Buffer => Buffer.concat([Buffer.from('('), ...items, Buffer.from('t')]);
const global = (module: string, name: string): Buffer => Buffer.from(`c${module}\n${name}\n`);
const pickle = (...parts: Uint8Array[]): Buffer => Buffer.concat([Buffer.from([0x80, 2]), ...parts, Buffer.from('.')]);

/** {'w': a tensor of float32 with these sizes over a storage of `count` numbers} */
const tensor = (count: number, offset: number, shape: number[], strides: number[]): Buffer =>
  pickle(
    Buffer.from('}('),
    text('w'),
    global('torch._utils', '_rebuild_tensor_v2'),
    tuple(
      tuple(text('storage'), global('torch', 'FloatStorage'), text('0'), text('cpu'), whole(count)),
      Buffer.from('Q'),
      whole(offset),
      tuple(...shape.map(whole)),
      tuple(...strides.map(whole)),
      Buffer.from([0x89]),
      Buffer.from('N'),
    ),
    Buffer.from('Ru'),
  );

describe('a hostile file of torch.save', () => {
  it('is told from one that is in order', async () => {
    const { tensors } = await open(file(tensor(12, 4, [2, 3], [3, 1]), storage(48)));
    expect(tensors.get('w')).toMatchObject({ dtype: 'float32', shape: [2, 3], byteLength: 24 });
  });

  it('has a tensor by a name under which others keep their state dict, beside its others', async () => {
    const both = Buffer.from(tensor(12, 4, [2, 3], [3, 1]).subarray(0, -2)); // without SETITEMS and STOP
    const again = tensor(12, 0, [1], [1]).subarray(4 + 6, -2); // without what is before its value
    const { tensors } = await open(file(Buffer.concat([both, text('model'), again, Buffer.from('u.')]), storage(48)));
    expect([...tensors.keys()]).toEqual(['w', 'model']);
  });

  it.each([
    [
      'claims more numbers than its storage has',
      tensor(12, 8, [2, 3], [3, 1]),
      /needs 8 \+ 6 numbers of a storage that has 12/,
    ],
    [
      'claims a storage larger than its file',
      tensor(2 ** 40, 0, [2 ** 40], [1]),
      /should have 1099511627776 × 4 bytes but has 48/,
    ],
    [
      'has sizes whose product is no number',
      tensor(12, 0, Array(60).fill(2 ** 50), Array(60).fill(0)),
      /do not lie in order/,
    ],
    ['has a size of less than nothing', tensor(12, 0, [-3], [1]), /a tensor without storage, shape or strides/],
    ['reads one number again and again', tensor(12, 0, [1000, 1000], [0, 0]), /do not lie in order/],
    [
      'calls something else',
      pickle(global('builtins', 'eval'), tuple(text('1')), Buffer.from('R')),
      /it names builtins\.eval/,
    ],
    [
      'calls a storage',
      pickle(global('torch', 'FloatStorage'), tuple(), Buffer.from('R')),
      /calls something that cannot be called/,
    ],
    [
      'names a property of every object',
      pickle(global('constructor', 'constructor')),
      /it names constructor\.constructor/,
    ],
    ['has keys that are tensors', pickle(Buffer.from('}()Nu')), /a dict whose keys are neither texts nor numbers/],
    ['never ends', Buffer.from([0x80, 2, 0x4e]), /its pickle is cut short/],
    ['names a global without end', pickle(Buffer.from(`c${'x'.repeat(5000)}`)), /names a global of over 1,000 letters/],
  ])('is refused when it %s', async (_what, bytes, message) => {
    await expect(open(file(bytes, storage(48)))).rejects.toThrow(message);
  });

  it('is refused when its dicts are in each other a billion times', async () => {
    // memo 0 is {'a': {}}, and each next is {'a': the one before, 'b': the same}
    const levels = [...Array(14).keys()].map((level) =>
      Buffer.concat([
        Buffer.from('}'),
        text('a'),
        Buffer.from(['h'.charCodeAt(0), level, 0x73]),
        text('b'),
        Buffer.from(['h'.charCodeAt(0), level, 0x73, 'q'.charCodeAt(0), level + 1]),
      ]),
    );
    const bomb = pickle(Buffer.from('}q\x00', 'latin1'), ...levels);
    await expect(open(file(bomb))).rejects.toThrow(/it has its dicts in each other again and again/);
    const itself = pickle(Buffer.from('}q\x00', 'latin1'), text('a'.repeat(40)), Buffer.from('h\x00s', 'latin1'));
    await expect(open(file(itself))).rejects.toThrow(/nested more than 16 deep/);
  });

  it('is refused where the archive lies about its files', async () => {
    const good = tensor(12, 0, [12], [1]);
    const other = (part: Partial<ZippedFile>) => open(file(good, { ...storage(48), ...part }));
    await expect(other({ name: 'a/data/1' })).rejects.toThrow(/the archive lacks its numbers, data\/0/);
    await expect(other({ name: '../a/data/0' })).rejects.toThrow(/invalid relative path/);
    await expect(other({ name: '/a/data/0' })).rejects.toThrow(/absolute path/);
    await expect(other({ method: 8 })).rejects.toThrow(/its numbers are compressed or encrypted/);
    await expect(other({ size: 2 ** 31 })).rejects.toThrow(TorchFileError);
    await expect(other({ offset: 2 ** 31 })).rejects.toThrow(TorchFileError);
    await expect(open(file(good, storage(48), storage(48)))).rejects.toThrow(/it has 'a\/data\/0' twice/);
    await expect(open(file(good, { name: 'b/data.pkl', bytes: good }))).rejects.toThrow(/more than one data\.pkl/);
    await expect(open(zipOf([{ name: 'a/readme', bytes: good }]))).rejects.toThrow(/it has no data\.pkl/);
    await expect(open(file(good, { name: 'a/constants.pkl', bytes: good }))).rejects.toThrow(
      /a program of TorchScript/,
    );
    const big = { name: 'a/byteorder', bytes: Buffer.from('big') };
    await expect(open(file(good, storage(48), big))).rejects.toThrow(/its numbers are big-endian/);
  });

  it('ends with a value or an error, whatever the opcodes are', () => {
    const code = fc.constantFrom(...Buffer.from('()GJKMNQRX]abcehjqrstu}\x85\x86\x87\x88\x89\x8a.', 'latin1'));
    const part = fc.oneof(
      { weight: 6, arbitrary: code.map((opcode) => Buffer.from([opcode])) },
      {
        weight: 2,
        arbitrary: fc.constantFrom(
          text('storage'),
          whole(3),
          tuple(),
          global('torch', 'HalfStorage'),
          global('torch._utils', '_rebuild_tensor_v2'),
          global('collections', 'OrderedDict'),
        ),
      },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes)) },
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 200 }), (parts) => {
        try {
          readPickle(pickle(...parts), torchHost);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
          expect((error as Error).message).toMatch(/^(its? |it )/);
        }
      }),
      { numRuns: 5000 },
    );
  });
});
