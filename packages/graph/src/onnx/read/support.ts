import type { NodeProto } from '../onnx_pb.js';
import { functionKey, type OnnxSource } from './model.js';
import { forwardOnly } from './rows-forward-only.js';
import { domainOf, foldOf, rowOf } from './table.js';

/** Whether an operator can be read, and a gradient pass through it. Shapes: only where what it reads is known while reading. */
export type OperatorSupport = 'gradient' | 'shapes' | 'forward only' | 'not read';

export interface OperatorUse {
  /** With its domain, unless that is ONNX's own. */
  readonly name: string;
  readonly count: number;
  readonly support: OperatorSupport;
}

/** Read by what reads the graph itself, not by a row. */
const structural = ['Constant', 'If'];

/** The operators of a model, those that stand in its functions and branches too, most frequent first. */
export function operatorsOf(source: OnnxSource): OperatorUse[] {
  const uses = new Map<string, { count: number; support: OperatorSupport }>();
  const visit = (nodes: readonly NodeProto[], opsets: ReadonlyMap<string, number>): void => {
    for (const node of nodes) {
      for (const { g } of node.attribute) if (g) visit(g.node, opsets);
      const domain = domainOf(node.domain);
      if (source.functions.has(functionKey(node.domain, node.opType, node.overload))) continue;
      const name = domain ? `${domain}.${node.opType}` : node.opType;
      const opset = opsets.get(domain) ?? 1;
      uses.set(name, { count: (uses.get(name)?.count ?? 0) + 1, support: supportOf(domain, node.opType, opset) });
    }
  };
  visit(source.graph.node, source.opsets);
  for (const { node, opsetImport } of source.functions.values())
    visit(node, new Map(opsetImport.map(({ domain, version }) => [domainOf(domain), Number(version)])));
  return [...uses].map(([name, use]) => ({ name, ...use })).sort((a, b) => b.count - a.count);
}

function supportOf(domain: string, op: string, opset: number): OperatorSupport {
  if (domain === '' && structural.includes(op)) return 'gradient';
  if (!rowOf(domain, op, opset)) return foldOf(domain, op) ? 'shapes' : 'not read';
  return domain === '' && forwardOnly.includes(op) ? 'forward only' : 'gradient';
}
