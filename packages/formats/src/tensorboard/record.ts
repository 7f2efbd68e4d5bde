/**
 * One record of a TFRecord file: the payload's length as a little-endian uint64, the masked CRC-32C of those eight bytes, the
 * payload, and its masked CRC-32C.
 */
export function frameRecord(payload: Uint8Array): Uint8Array {
  const record = new Uint8Array(8 + 4 + payload.length + 4);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(payload.length), true);
  view.setUint32(8, masked(crc32c(record.subarray(0, 8))), true);
  record.set(payload, 12);
  view.setUint32(12 + payload.length, masked(crc32c(payload)), true);
  return record;
}

/**
 * The payloads of a TFRecord file; an incomplete last record, as one has that is being written, is left out.
 * @throws Error where a checksum is wrong
 */
export function* recordPayloads(bytes: Uint8Array): Generator<Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 16 <= bytes.length; ) {
    const length = Number(view.getBigUint64(at, true));
    const end = at + 12 + length;
    const check = (from: number, to: number): void => {
      if (view.getUint32(to, true) !== masked(crc32c(bytes.subarray(from, to))))
        throw new Error(
          `record at byte ${at}: its checksum does not fit. The file is damaged, or not a TFRecord file.`,
        );
    };
    check(at, at + 8);
    if (end + 4 > bytes.length) return;
    check(at + 12, end);
    yield bytes.subarray(at + 12, end);
    at = end + 4;
  }
}

/** CRC-32C (Castagnoli), as RFC 3720, appendix B.4, has examples of. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (table[(crc ^ byte) & 0xff] as number) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** The format rotates and shifts its checksums, so that a checksum over data with checksums in it stays good. */
const masked = (crc: number): number => (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;

/** The remainder of every byte by the reversed polynomial. */
const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? (remainder >>> 1) ^ 0x82f63b78 : remainder >>> 1;
  return remainder;
});
