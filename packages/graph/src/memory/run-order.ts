import type { Graph } from '../graph.js';
import { writingOrder } from '../onnx/write.js';
import type { Node } from '../value.js';

/**
 * The order in which ONNX Runtime runs a graph that we wrote: depth first from the last node that nobody reads, of a node's inputs
 * the one that was written last first. Leaves are not in it. Compared with the profile of an SD 1.5 step: the same for all of its
 * 6,862 named nodes.
 */
export function runOrder(from: Graph): Node[] {
  const written = writingOrder(from).filter((node) => node.inputs.length > 0);
  const place = new Map(written.map((node, i) => [node, i]));
  const read = new Set(written.flatMap((node) => node.inputs.map((value) => value.node)));
  const pending: { node: Node; ready: boolean }[] = written
    .filter((node) => !read.has(node))
    .map((node) => ({ node, ready: false }));
  const seen = new Set<Node>();
  const order: Node[] = [];
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { node, ready } = next;
    if (ready) order.push(node);
    if (ready || seen.has(node)) continue;
    seen.add(node);
    pending.push({ node, ready: true });
    const before = [...new Set(node.inputs.map((value) => value.node))]
      .filter((of) => place.has(of) && !seen.has(of))
      .sort((a, b) => (place.get(a) as number) - (place.get(b) as number));
    for (const of of before) pending.push({ node: of, ready: false });
  }
  return order;
}
