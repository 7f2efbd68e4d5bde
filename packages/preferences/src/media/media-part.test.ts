import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderMedia } from './folder-media.js';
import type { MediaStore } from './media-store.js';
import { s3Media } from './s3-media.js';
import { type S3Server, serveS3 } from './s3-server.test-support.js';

const credentials = { accessKeyId: 'somebody', secretAccessKey: 'a secret' };
let folder: string;
let server: S3Server;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'media-'));
  server = await serveS3(credentials.secretAccessKey);
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const stores: Record<string, () => MediaStore> = {
  folder: () => folderMedia(folder),
  bucket: () => s3Media({ endpoint: server.endpoint, bucket: 'pictures', region: 'x', credentials, retryAfter: 1 }),
};

describe.each(Object.entries(stores))('a part of a file in a %s', (_, open) => {
  it('is what stands there, as far as the file goes', async () => {
    const media = open();
    const bytes = new Uint8Array(randomBytes(100));
    const sha256 = await media.put(bytes);
    await fc.assert(
      fc.asyncProperty(fc.nat(120), fc.integer({ min: 1, max: 120 }), async (start, more) => {
        const part = await media.part(sha256, start, start + more);
        expect(part?.size).toBe(100);
        expect([...(part?.bytes ?? [])]).toEqual([...bytes.subarray(start, start + more)]);
      }),
      { numRuns: 40 },
    );
  });

  it('is nothing where there is no file, and never another file', async () => {
    const media = open();
    expect(await media.part('0'.repeat(64), 0, 10)).toBeNull();
    await expect(media.part('../../etc/passwd', 0, 10)).rejects.toThrow('is not a sha256');
  });
});

it('a file that was changed is not given where all of it is asked for', async () => {
  const media = folderMedia(folder);
  const sha256 = await media.put(new Uint8Array([1, 2, 3]));
  await writeFile(join(folder, sha256.slice(0, 2), sha256), new Uint8Array([1, 2, 4]));
  await expect(media.part(sha256, 0, 10)).rejects.toThrow('another sha256');
});
