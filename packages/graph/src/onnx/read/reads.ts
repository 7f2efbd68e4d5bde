import type { NodeProto } from '../onnx_pb.js';

/** Every name that a node reads, also inside the branches of an If. */
export function* namesRead({ input, attribute }: NodeProto): Iterable<string> {
  yield* input;
  for (const { g } of attribute) {
    if (!g) continue;
    for (const inner of g.node) yield* namesRead(inner);
    for (const { name } of g.output) yield name;
  }
}
