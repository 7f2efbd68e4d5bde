/** A piece of memory that was given out. */
export interface Chunk {
  readonly region: Region;
  readonly offset: number;
  bytes: number;
  free: boolean;
  before: Chunk | null;
  after: Chunk | null;
}

interface Region {
  readonly id: number;
  /** One flag a page: whether it was ever written. */
  readonly touched: Uint8Array;
}

/** Pages in the processes of runs are huge where the system has them: their allocator asks for it. */
const pageBytes = 2 ** 21;
const unit = 256;
const firstRegion = 2 ** 20;
const largestDoubling = 2 ** 30;
/** A chunk is cut where it is twice what is asked for, or where so much would be lost. */
const mostLost = 2 ** 27;

/**
 * ONNX Runtime's arena, with the settings it has in Node: regions that double in size, the smallest chunk that fits, cut from its
 * beginning, neighbours that are free joined again. Nothing goes back to the system. A region counts by the pages that were written.
 */
export function arena() {
  const regions: Region[] = [];
  const free = new Set<Chunk>();
  let next = firstRegion;

  const extend = (bytes: number): Chunk => {
    const doubled = bytes > next;
    while (bytes > next) next *= 2;
    const size = next;
    if (!doubled && next < largestDoubling) next *= 2;
    const region = { id: regions.length, touched: new Uint8Array(Math.ceil(size / pageBytes)) };
    regions.push(region);
    return { region, offset: 0, bytes: size, free: true, before: null, after: null };
  };
  const smallest = (bytes: number): Chunk | null => {
    let best: Chunk | null = null;
    for (const chunk of free) if (chunk.bytes >= bytes && (best === null || comesBefore(chunk, best))) best = chunk;
    return best;
  };

  return {
    take(asked: number): Chunk {
      const bytes = Math.max(1, Math.ceil(asked / unit)) * unit;
      const chunk = smallest(bytes) ?? extend(bytes);
      free.delete(chunk);
      chunk.free = false;
      const rest = chunk.bytes - bytes;
      if (rest > 0 && (chunk.bytes >= 2 * bytes || rest >= mostLost)) {
        const { region, offset, after } = chunk;
        const cut: Chunk = { region, offset: offset + bytes, bytes: rest, free: true, before: chunk, after };
        if (after) after.before = cut;
        chunk.after = cut;
        chunk.bytes = bytes;
        free.add(cut);
      }
      const from = Math.floor(chunk.offset / pageBytes);
      chunk.region.touched.fill(1, from, Math.ceil((chunk.offset + asked) / pageBytes));
      return chunk;
    },
    give(chunk: Chunk): void {
      chunk.free = true;
      const { after } = chunk;
      if (after?.free) {
        free.delete(after);
        absorb(chunk, after);
      }
      const { before } = chunk;
      if (before?.free) absorb(before, chunk);
      else free.add(chunk);
    },
    /** Bytes that are resident. */
    touched: (): number =>
      pageBytes * regions.reduce((total, region) => total + region.touched.reduce((sum, flag) => sum + flag, 0), 0),
  };
}

function absorb(chunk: Chunk, after: Chunk): void {
  chunk.bytes += after.bytes;
  chunk.after = after.after;
  if (after.after) after.after.before = chunk;
}

function comesBefore(a: Chunk, b: Chunk): boolean {
  if (a.bytes !== b.bytes) return a.bytes < b.bytes;
  return a.region.id < b.region.id || (a.region === b.region && a.offset < b.offset);
}
