import { type MediaStore, type Store, tables } from '@bradley/preferences';

/** Keeps a PNG as media; its sha256. */
export async function keepPicture({ db }: Store, media: MediaStore, png: Uint8Array): Promise<string> {
  const sha256 = await media.put(png);
  await db.insert(tables.media).values({ sha256, type: 'image/png', bytes: png.length }).onConflictDoNothing();
  return sha256;
}
