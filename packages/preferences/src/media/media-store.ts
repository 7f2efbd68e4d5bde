/** Media kept by their content: the same bytes are kept once, under the sha256 of them. */
export interface MediaStore {
  /** Folder or address, for messages. */
  readonly where: string;
  /** Keeps bytes and says their sha256 in 64 hex digits. Nothing half-written is ever found under it. */
  put(bytes: Uint8Array): Promise<string>;
  /** The bytes, or null where there are none; checked against their sha256. Throws `MediaError` where they differ. */
  get(sha256: string): Promise<Uint8Array | null>;
  delete(sha256: string): Promise<void>;
}
