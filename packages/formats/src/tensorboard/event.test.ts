import { fromBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodePng } from '../image.js';
import { eventFileStart, imageEvent, scalarsEvent } from './event.js';
import { EventSchema } from './event_pb.js';
import { readEventFile } from './read.js';
import { crc32c, frameRecord, recordPayloads } from './record.js';

describe('CRC-32C', () => {
  it.each([
    ['32 bytes of zero', new Uint8Array(32), 0x8a9136aa],
    ['32 bytes of ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['32 bytes that count up', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    ['32 bytes that count down', Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
    ['the digits 1 to 9', Buffer.from('123456789'), 0xe3069283],
  ])('of %s is what RFC 3720 and the catalogues give', (_what, bytes, crc) => {
    expect(crc32c(bytes)).toBe(crc);
  });
});

describe('a record', () => {
  it('of the version event has the bytes that TensorBoard itself writes', () => {
    // tensorboard 2.21: RecordWriter.write(Event(wall_time=1.5, file_version="brain.Event:2").SerializeToString())
    const payload = Buffer.from('09000000000000f83f1a0d627261696e2e4576656e743a32', 'hex');
    expect(Buffer.from(frameRecord(payload)).toString('hex')).toBe(
      '1800000000000000a37f4b2209000000000000f83f1a0d627261696e2e4576656e743a322a28646c',
    );
  });

  it('gives back any payload, one after another, up to where a file was cut off', () =>
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), fc.nat(), (all, cut) => {
        const records = all.map(frameRecord);
        const file = Buffer.concat(records);
        const kept = file.subarray(0, cut % (file.length + 1));
        const whole = records.filter((_, i) => Buffer.concat(records.slice(0, i + 1)).length <= kept.length).length;
        expect(Array.from(recordPayloads(kept), (payload) => [...payload])).toEqual(
          all.slice(0, whole).map((payload) => [...payload]),
        );
      }),
    ));

  it('with a flipped bit anywhere is refused', () =>
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(), (payload, where) => {
        const file = frameRecord(payload);
        const bit = where % (8 * file.length);
        file[bit >> 3] = (file[bit >> 3] as number) ^ (1 << (bit & 7));
        expect(() => Array.from(recordPayloads(file))).toThrow(/checksum/);
      }),
    ));
});

describe('an event', () => {
  const at = { step: 7, wallTime: 1.5 };

  it('of scalars has each under its tag, in float32', () => {
    expect(readEventFile(scalarsEvent(at, { 'train/loss': 0.1, 'train/lr': 1e-9 }))).toEqual([
      { ...at, start: false, scalars: { 'train/loss': Math.fround(0.1), 'train/lr': Math.fround(1e-9) }, images: {} },
    ]);
  });

  it('of a picture has its bytes and size', async () => {
    const png = new Uint8Array(await encodePng(new Uint8Array(18), 2, 3));
    const event = imageEvent(at, 'validation/pictures', png);
    expect(readEventFile(event)[0]?.images['validation/pictures']).toEqual(png);
    const [payload = event] = recordPayloads(event);
    const { what } = fromBinary(EventSchema, payload);
    expect(what.case === 'summary' && what.value.value[0]?.value.value).toMatchObject({
      width: 2,
      height: 3,
      colorspace: 3,
    });
  });

  it('at the start of a file is its version, then the start of a session', () => {
    expect(readEventFile(eventFileStart(2))).toMatchObject([
      { step: 0, wallTime: 2, start: false },
      { step: 0, wallTime: 2, start: true },
    ]);
  });
});
