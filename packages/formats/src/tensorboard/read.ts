import { fromBinary } from '@bufbuild/protobuf';
import type { EventTime } from './event.js';
import { EventSchema } from './event_pb.js';
import { recordPayloads } from './record.js';

/** What one event says. */
export interface ReadEvent extends EventTime {
  readonly start: boolean;
  readonly scalars: Readonly<Record<string, number>>;
  /** Bytes of PNG files by their tags. */
  readonly images: Readonly<Record<string, Uint8Array>>;
}

/**
 * Reads an event file that `eventFileStart`, `scalarsEvent` and `imageEvent` have written; what they do not write is left out.
 * @throws Error where a checksum is wrong; an incomplete last record is left out
 */
export function readEventFile(bytes: Uint8Array): ReadEvent[] {
  return Array.from(recordPayloads(bytes), (payload) => {
    const { step, wallTime, what } = fromBinary(EventSchema, payload);
    const values = what.case === 'summary' ? what.value.value : [];
    return {
      step: Number(step),
      wallTime,
      start: what.case === 'sessionLog',
      scalars: Object.fromEntries(
        values.flatMap(({ tag, value }) => (value.case === 'simpleValue' ? [[tag, value.value] as const] : [])),
      ),
      images: Object.fromEntries(
        values.flatMap(({ tag, value }) =>
          value.case === 'image' ? [[tag, value.value.encodedImageString] as const] : [],
        ),
      ),
    };
  });
}
