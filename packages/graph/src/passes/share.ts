import { type Graph, remake, rewrite } from '../graph.js';
import type { Value } from '../value.js';

/** Merges nodes that compute the same thing: same op, attributes and inputs. Two copies of a recomputed block differ in their barrier. */
export function share(from: Graph): Graph {
  const made = new Map<string, readonly Value[]>();
  return rewrite(from, (node, inputs) => {
    if (node.op === 'Input') return null;
    const reads = inputs.map((value) => `${value.node.id}.${value.index}`).join(',');
    const types = node.inputs.length === 0 ? node.outputs.map((value) => `${value.dtype}[${value.shape}]`).join() : '';
    const key = `${node.op} ${reads} ${types} ${attributesKey(node.attributes)}`;
    const before = made.get(key);
    if (before) return before;
    const outputs = inputs.length === 0 ? node.outputs : remake(node, inputs);
    made.set(key, outputs);
    return outputs;
  });
}

function attributesKey(attributes: object): string {
  return JSON.stringify(attributes, (_key, value: unknown) =>
    ArrayBuffer.isView(value)
      ? Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')
      : value,
  );
}
