import type { Graph } from '@bradley/graph';
import { plannedMemory, type SessionOptions } from '@bradley/runtime';

/** Something that takes memory, in bytes. */
export interface Part {
  readonly name: string;
  readonly bytes: number;
  /** Pages of files: the system may drop them and read them again, at the cost of time. */
  readonly mapped?: true;
  /** Memory that earlier parts gave back: the allocator of a run keeps it for later ones. */
  readonly kept?: true;
}

/** A time in a run's life, and all that is in memory then. */
export interface Phase {
  readonly name: string;
  readonly parts: readonly Part[];
}

export const bytesOf = (parts: readonly Part[]): number => parts.reduce((total, { bytes }) => total + bytes, 0);

/** The process of a run with its libraries loaded and its first session opened: 202 to 213 MB on runs of the emoji model. */
export const processBytes = 210e6;

/**
 * What a step that is loaded again does not find of the memory that it gave back, at most, once in a run: the runtime loads it on
 * another thread, whose part of glibc's heap is another. Measured: 115 MB of the emoji model with 16 pairs, 139 of SD 1.5 at 256×256.
 */
export const notFoundAgain = 130e6;

/** What the runtime keeps of a node of a graph: measured as what loading UNets of 4,107 to 10,342 nodes adds. */
const nodeBytes = 7e3;

/** A session that computes a graph, by its parts. @param of whose it is, for the parts' names */
export async function sessionParts(
  of: string,
  graph: Graph,
  options: Pick<SessionOptions, 'freeEarly'> = {},
  copies = 1,
): Promise<Part[]> {
  const { mapped, packed, stored, activations, nodes } = await plannedMemory(graph, options);
  const parts: readonly Part[] = [
    { name: `${of}: weights, as pages of their files`, bytes: mapped, mapped: true },
    // Read from the file, then copied into the layouts of kernels; what was read is given back to the allocator.
    { name: `${of}: weights, packed for their kernels`, bytes: copies * (packed + stored) },
    { name: `${of}: activations and workspace`, bytes: copies * activations },
    { name: `${of}: the graph`, bytes: copies * nodes * nodeBytes },
  ];
  return parts.filter(({ bytes }) => bytes > 0);
}

/** Decimal units, as files are listed: "3.44 GB", "12 MB". */
export const decimalBytes = (n: number): string =>
  n >= 1e9 ? `${(n / 1e9).toFixed(2)} GB` : n >= 1e6 ? `${Math.round(n / 1e6)} MB` : `${Math.round(n / 1e3)} kB`;
