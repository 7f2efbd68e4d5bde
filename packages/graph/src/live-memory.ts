import { type Graph, nodesOf } from './graph.js';
import { size, type Value } from './value.js';

/** Ops that only look at their input's memory in another way. */
const aliases = new Set(['Reshape', 'StopGradient', 'Barrier']);
const bytesOf: Record<Value['dtype'], number> = {
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  int8: 1,
  bool: 1,
};

/**
 * The most bytes of intermediate values that are alive at a time when the graph's nodes run in the order they were made, each
 * value freed after its last reader. Leaves (feeds, constants, weights) do not count; outputs stay. The runtime may take another order
 * and needs workspace of its own, so this is an estimate.
 */
export function peakLiveBytes(from: Graph): number {
  const nodes = nodesOf(from);
  const root = new Map<Value, Value>();
  const rootOf = (value: Value): Value => root.get(value) ?? value;
  for (const node of nodes)
    if (aliases.has(node.op)) for (const output of node.outputs) root.set(output, rootOf(node.inputs[0] as Value));
  const lastUse = new Map<Value, number>();
  nodes.forEach((node, i) => {
    for (const value of node.inputs) lastUse.set(rootOf(value), i);
  });
  for (const value of from.outputs.values()) lastUse.set(rootOf(value), nodes.length);
  const freed = new Map<number, Value[]>();
  for (const [value, at] of lastUse) freed.set(at, [...(freed.get(at) ?? []), value]);
  const bytes = (value: Value): number =>
    value.node.inputs.length === 0 ? 0 : size(value.shape) * bytesOf[value.dtype];
  let [live, peak] = [0, 0];
  nodes.forEach((node, i) => {
    if (!aliases.has(node.op)) for (const output of node.outputs) if (lastUse.has(output)) live += bytes(output);
    peak = Math.max(peak, live);
    for (const value of freed.get(i) ?? []) live -= bytes(value);
  });
  return peak;
}
