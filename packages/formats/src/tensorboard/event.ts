import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { EventSchema, SessionLog_SessionStatus } from './event_pb.js';
import { frameRecord } from './record.js';

/** When something happened: a step of training, and the clock in seconds since 1970. */
export interface EventTime {
  readonly step: number;
  readonly wallTime: number;
}

/**
 * What an event file begins with: its version, and the start of a session at step 0, upon which TensorBoard forgets what it has
 * read of the same run before.
 */
export function eventFileStart(wallTime: number): Uint8Array {
  return Buffer.concat([
    event({ step: 0, wallTime }, { case: 'fileVersion', value: 'brain.Event:2' }),
    event({ step: 0, wallTime }, { case: 'sessionLog', value: { status: SessionLog_SessionStatus.START } }),
  ]);
}

/** Numbers of a step by their tags. */
export function scalarsEvent(at: EventTime, scalars: Readonly<Record<string, number>>): Uint8Array {
  const value = Object.entries(scalars).map(([tag, simpleValue]) => ({
    tag,
    value: { case: 'simpleValue' as const, value: simpleValue },
  }));
  return event(at, { case: 'summary', value: { value } });
}

/** A picture of a step: a PNG in RGB. */
export function imageEvent(at: EventTime, tag: string, png: Uint8Array): Uint8Array {
  const header = new DataView(png.buffer, png.byteOffset, png.byteLength); // IHDR is always the first chunk
  const [width, height] = [header.getUint32(16), header.getUint32(20)];
  const image = { width, height, colorspace: 3, encodedImageString: png };
  return event(at, { case: 'summary', value: { value: [{ tag, value: { case: 'image', value: image } }] } });
}

type What = NonNullable<MessageInitShape<typeof EventSchema>['what']>;

const event = ({ step, wallTime }: EventTime, what: What): Uint8Array =>
  frameRecord(toBinary(EventSchema, create(EventSchema, { step: BigInt(step), wallTime, what })));
