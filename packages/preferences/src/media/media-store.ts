/** Media kept by their content: the same bytes are kept once, under the sha256 of them. */
export interface MediaStore {
  /** Folder or address, for messages. */
  readonly where: string;
  /** Keeps bytes and says their sha256 in 64 hex digits. Nothing half-written is ever found under it. */
  put(bytes: Uint8Array): Promise<string>;
  /** The bytes, or null where there are none; checked against their sha256. Throws `MediaError` where they differ. */
  get(sha256: string): Promise<Uint8Array | null>;
  /**
   * The bytes from `start` up to `end`, as far as the file goes, and the size of all of it; null where there is none. For what is served:
   * a large file is not held whole. Checked against the sha256 where they are the whole file.
   */
  part(sha256: string, start: number, end: number): Promise<MediaPart | null>;
  delete(sha256: string): Promise<void>;
}

export interface MediaPart {
  readonly bytes: Uint8Array;
  /** Of the whole file. */
  readonly size: number;
}
