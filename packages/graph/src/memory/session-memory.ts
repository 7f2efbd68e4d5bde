import { type Graph, is, nodesOf, rewrite, weightsOf } from '../graph.js';
import { share } from '../passes/share.js';
import { dim, make, type Node, size, type Value } from '../value.js';
import { arena, type Chunk } from './arena.js';
import { type Buffer, plannedBuffers } from './buffers.js';
import { runOrder } from './run-order.js';
import { workspaceOf } from './workspace.js';

/** What a session takes, in bytes unless the name says else. */
export interface SessionMemory {
  /** Ranges of files that it reads where they lie. */
  readonly mapped: number;
  /** Its own copies of frozen weights, in the layouts of its kernels: none where they stay mapped. */
  readonly packed: number;
  /** What these are made of: read from the files at load, and given back. */
  readonly stored: number;
  /** Values and workspace of kernels at their peak, in the pages of the arena that they lie in. */
  readonly activations: number;
  /** What a run gives back: copied out of the session. */
  readonly outputs: number;
  readonly nodes: number;
}

/**
 * What ONNX Runtime's CPU provider takes to run a graph, computed by going through its run: the order of its nodes, the buffers that
 * its planner shares, the workspace of kernels, and an arena that gives nothing back.
 *
 * @param lowered as `optimize` gives it
 */
export function sessionMemory(
  lowered: Graph,
  { mapped, freeEarly }: { readonly mapped: boolean; readonly freeEarly: boolean },
): SessionMemory {
  const from = mapped ? lowered : share(inBlocks(lowered));
  const order = runOrder(from);
  const ahead = mapped ? new Set<Node>() : computedAhead(from);
  const ranges = new Map(weightsOf(from).map(({ source }) => [`${source.file}@${source.offset}`, source.length]));
  return {
    mapped: mapped ? sum(ranges.values()) : 0,
    stored: mapped ? 0 : sum(ranges.values()),
    packed: mapped ? 0 : packedBytes(order, ahead),
    activations: residentBytes(order, plannedBuffers(from, order, { freeEarly, ahead }), ahead),
    outputs: sum([...from.outputs.values()].map((value) => 4 * size(value.shape))),
    nodes: order.length,
  };
}

/** The runtime gives convolutions of frozen kernels their images in blocks of channels, where these divide, at load. */
function inBlocks(from: Graph): Graph {
  const ahead = computedAhead(from);
  return rewrite(from, (node, inputs) => {
    const [x, w] = inputs;
    if (!is(node, 'Conv') || !x || !w || !ahead.has(node.inputs[1].node)) return null;
    if (dim(w, 0) % channelBlock || dim(w, 1) % channelBlock) return null;
    const blocked = make('ReorderInput', [x], {}, x);
    const kernel = [dim(w, 2), dim(w, 3)] as const;
    const operands = [blocked, ...inputs.slice(1)] as [Value, Value];
    const y = make('BlockedConv', operands, { ...node.attributes, kernel }, node.outputs[0] as Value);
    return [make('ReorderOutput', [y], { channels: dim(w, 0) }, y)];
  });
}

/** The widest that there is: with a narrower one a few more convolutions are blocked. */
const channelBlock = 16;

/** The nodes that depend on nothing which is fed: the runtime computes them once, when it loads the model. */
function computedAhead(from: Graph): Set<Node> {
  const ahead = new Set<Node>();
  for (const node of nodesOf(from))
    if (!is(node, 'Input') && node.inputs.every((value) => ahead.has(value.node))) ahead.add(node);
  return ahead;
}

/** Each use of a frozen tensor is a copy: packed for its kernel, or computed ahead. */
function packedBytes(order: readonly Node[], ahead: ReadonlySet<Node>): number {
  const uses = order.filter((node) => !ahead.has(node)).flatMap((node) => node.inputs);
  return sum(uses.filter((value) => ahead.has(value.node) && !isScalar(value)).map((value) => 4 * size(value.shape)));
}

const isScalar = (value: Value): boolean => size(value.shape) === 1;

function residentBytes(order: readonly Node[], buffers: readonly Buffer[], ahead: ReadonlySet<Node>): number {
  const [firsts, lasts] = [byNode(buffers, ({ first }) => first), byNode(buffers, ({ last }) => last)];
  const memory = arena();
  const chunks = new Map<Buffer, Chunk>();
  order.forEach((node, at) => {
    if (ahead.has(node)) return;
    for (const buffer of firsts.get(at) ?? []) chunks.set(buffer, memory.take(buffer.bytes));
    for (const chunk of workspaceOf(node).map(memory.take)) memory.give(chunk);
    for (const buffer of lasts.get(at) ?? []) memory.give(chunks.get(buffer) as Chunk);
  });
  return memory.touched();
}

function byNode(buffers: readonly Buffer[], at: (buffer: Buffer) => number): Map<number, Buffer[]> {
  const found = new Map<number, Buffer[]>();
  for (const buffer of buffers) found.set(at(buffer), [...(found.get(at(buffer)) ?? []), buffer]);
  return found;
}

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, n) => total + n, 0);
