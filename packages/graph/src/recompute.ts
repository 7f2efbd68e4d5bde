/**
 * Recomputation of marked blocks (gradient checkpointing, Chen et al. 2016, arXiv:1604.06174).
 *
 * Nodes made inside `recompute(block)` carry the block's number. `backward` then makes a second copy of the block for the
 * gradient rules to read, behind a barrier that lets nothing of it start before the block's own gradient has arrived, so
 * only the block's inputs are kept between the passes. Nested blocks belong to the outermost.
 */
export function recompute<T>(block: () => T): T {
  if (active !== null) return block();
  active = nextBlock++;
  try {
    return block();
  } finally {
    active = null;
  }
}

let active: number | null = null;
let nextBlock = 0;

export function currentBlock(): number | null {
  return active;
}
