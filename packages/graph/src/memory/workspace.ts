import type { OpName } from '../ops/table.js';
import { dim, type Node, size } from '../value.js';
import { bytesOf } from './buffers.js';

/** Of a convolution that spreads its patches a piece at a time, for all threads. */
const patchBytes = 2 ** 18;

type Workspaces = { readonly [Op in OpName]?: (node: Node<Op>) => readonly number[] };

/** What ONNX Runtime's CPU kernels allocate besides their outputs while they run, in bytes, as its sources have it. */
const workspaces: Workspaces = {
  // All patches of one image, before they are added up.
  ConvTranspose: ({ inputs: [g, w] }) => [4 * (size(w.shape) / dim(w, 0)) * dim(g, 2) * dim(g, 3)],
  // All patches of one image where there are more filters than pixels, else some at a time. A kernel of one pixel needs none.
  Conv: ({ inputs: [, w], outputs }) => {
    const [y] = outputs;
    if (!y || dim(w, 2) * dim(w, 3) === 1) return [];
    const pixels = dim(y, 2) * dim(y, 3);
    return [dim(w, 0) > pixels ? 4 * pixels * (size(w.shape) / dim(w, 0)) : patchBytes];
  },
  // Queries, keys and values by head.
  MultiHeadAttention: ({ inputs }) => inputs.map(bytesOf),
};

/** What a node allocates while it runs. */
export function workspaceOf(node: Node): readonly number[] {
  const row = workspaces[node.op] as ((of: Node) => readonly number[]) | undefined;
  return row?.(node) ?? [];
}
