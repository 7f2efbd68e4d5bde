import { keepMedia, noteUpload } from '@bradley/preferences';
import type { Arena } from '../context.js';
import { Refusal } from '../refusal.js';
import { mediaAddress } from './address.js';
import { inspectUpload } from './inspect.js';

/** As many bodies as are held in memory at once: 64 MiB each at most. */
const mostAtOnce = 8;
let underWay = 0;

export interface Uploaded {
  readonly sha256: string;
  readonly type: string;
  readonly bytes: number;
  readonly address: string;
}

/** Keeps an upload for a project. The same bytes uploaded again are kept once. */
export async function upload(arena: Arena, projectId: string, body: () => Promise<ArrayBuffer>): Promise<Uploaded> {
  if (underWay >= mostAtOnce)
    throw new Refusal(503, 'busy', 'Too many uploads at once. Try again in a second.', {
      headers: { 'retry-after': '1' },
    });
  underWay++;
  try {
    const bytes = new Uint8Array(await body());
    const type = await inspectUpload(bytes);
    const [family] = type.split('/');
    const kind = family === 'audio' || family === 'video' ? family : undefined;
    const [kept] = await keepMedia(arena.store, arena.media, [{ bytes, kind }]);
    if (!kept) throw new Error('nothing was kept');
    await noteUpload(arena.store, projectId, kept.sha256);
    return { ...kept, bytes: bytes.length, address: mediaAddress(arena, projectId, kept.sha256) };
  } finally {
    underWay--;
  }
}
