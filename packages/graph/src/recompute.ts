/**
 * Marks a unit of a network that a backward may compute again (gradient checkpointing, Chen et al. 2016, arXiv:1604.06174).
 *
 * Nodes made inside `block(make)` carry the block's number. Where `backward` is asked to recompute, it makes a second copy of
 * the block for the gradient rules to read, behind a barrier that lets nothing of it start before the block's own gradient
 * has arrived, so only the block's inputs are kept between the passes. Nested blocks belong to the outermost.
 */
export function block<T>(make: () => T): T {
  if (active !== null) return make();
  active = nextBlock++;
  try {
    return make();
  } finally {
    active = null;
  }
}

let active: number | null = null;
let nextBlock = 0;

export function currentBlock(): number | null {
  return active;
}
