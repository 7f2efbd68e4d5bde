/** A zip archive of files as they are; what of a file is not given is as it should be. */
export function zipOf(files: readonly ZippedFile[]): Buffer {
  const [local, central]: [Buffer[], Buffer[]] = [[], []];
  let at = 0;
  for (const { name, bytes, method = 0, size = bytes.length, offset = at } of files) {
    const shared = Buffer.alloc(26); // from the version to the length of the extra fields
    shared.writeUInt16LE(20, 0);
    shared.writeUInt16LE(0x800, 2); // names in UTF-8
    shared.writeUInt16LE(method, 4);
    shared.writeUInt32LE(size, 14);
    shared.writeUInt32LE(size, 18);
    shared.writeUInt16LE(Buffer.byteLength(name), 22);
    local.push(Buffer.from('PK\x03\x04', 'latin1'), shared, Buffer.from(name), Buffer.from(bytes));
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    central.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), shared, rest, Buffer.from(name));
    at = Buffer.concat(local).length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...local, directory, end]);
}

export interface ZippedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly method?: number;
  readonly size?: number;
  /** Where the directory says that it is. */
  readonly offset?: number;
}
