import { type Graph, rewrite, usedValues } from '../../graph.js';
import type { OpName } from '../../ops/table.js';
import type { Node, Value } from '../../value.js';
import { cpu } from './cpu.js';
import { portable } from './portable.js';
import { standard } from './standard.js';
import { webgpu } from './webgpu.js';

/**
 * Replaces an op by what a provider computes it with. A row returns the new outputs (undefined for an output nobody reads),
 * or null to leave the node as it is. Every op that ONNX itself lacks has a row in `standard`.
 */
export type Lowering = {
  readonly [Op in OpName]?: (
    node: Node<Op>,
    inputs: Node<Op>['inputs'],
    isUsed: (output: number) => boolean,
  ) => readonly (Value | undefined)[] | null;
};

/** The machine that a graph is compiled for. */
export type Target =
  /**
   * `convBlock`: how many channels ONNX Runtime's blocked convolution takes together here (16, 8), or null without one.
   * `mapped`: frozen weights stay the pages of their files; nothing is to be computed from them that outlives its use.
   */
  | { readonly provider: 'cpu'; readonly convBlock: number | null; readonly mapped?: boolean }
  | { readonly provider: 'webgpu' }
  /** Any other provider: standard ONNX only. */
  | { readonly provider: 'onnx' };

/** Rewrites a differentiated graph into ops that ONNX Runtime has, with the provider's own kernels where that pays. */
export function lower(from: Graph, target: Target): Graph {
  return applyRows(applyRows(from, preferred(target)), standard);
}

function preferred(target: Target): Lowering {
  if (target.provider === 'cpu') return cpu(target.convBlock, target.mapped ?? false);
  return target.provider === 'webgpu' ? webgpu : portable;
}

type AnyRow = (node: Node, inputs: readonly Value[], isUsed: (output: number) => boolean) => readonly Value[] | null;

function applyRows(from: Graph, rows: Lowering): Graph {
  const used = usedValues(from);
  return rewrite(from, (node, inputs) => {
    const row = rows[node.op] as AnyRow | undefined;
    return row?.(node, inputs, (output) => used.has(node.outputs[output] as Value)) ?? null;
  });
}
