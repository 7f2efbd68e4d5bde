import { type Graph, nodesOf } from './graph.js';
import type { Value } from './value.js';

const short: Record<string, string> = {
  float32: 'f32',
  float16: 'f16',
  bfloat16: 'bf16',
  int64: 'i64',
  int32: 'i32',
  int8: 'i8',
  bool: 'bool',
};

/** A graph as text, one node a line, numbered from zero: for snapshots and for reading. */
export function toText(from: Graph): string {
  const names = new Map<Value, string>();
  const type = (value: Value): string => `${short[value.dtype]}[${value.shape.join(',')}]`;
  let next = 0;
  const lines = nodesOf(from).map((node) => {
    for (const value of node.outputs) names.set(value, `%${next++}`);
    const results = node.outputs.map((value) => `${names.get(value)}: ${type(value)}`).join(', ');
    return `${results} = ${node.op}(${node.inputs.map((value) => names.get(value)).join(', ')})${attributesText(node.attributes)}`;
  });
  const outputs = [...from.outputs].map(([name, value]) => `${name} = ${names.get(value)}`);
  return [...lines, `return ${outputs.join(', ')}`].join('\n');
}

function attributesText(attributes: object): string {
  const entries = Object.entries(attributes).map(([key, value]) => `${key}: ${valueText(value)}`);
  return entries.length ? ` {${entries.join(', ')}}` : '';
}

function valueText(value: unknown): string {
  if (ArrayBuffer.isView(value)) {
    const numbers = Array.from(value as unknown as ArrayLike<number | bigint>, String);
    return numbers.length > 8 ? `[${numbers.slice(0, 6).join(', ')}, … ${numbers.length}]` : `[${numbers.join(', ')}]`;
  }
  return JSON.stringify(value);
}
