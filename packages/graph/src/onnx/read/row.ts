import type { Value } from '../../value.js';
import type { Item } from './item.js';
import type { Known } from './known.js';
import type { OnnxNode } from './node.js';

/** Makes our values for a node. One output may be given bare. */
export type Read = (node: OnnxNode) => Value | Item | readonly (Value | Item)[];

/** How a node of these versions of the operator set is read. */
export interface Row {
  readonly opsets: readonly [first: number, last: number];
  readonly read: Read;
}

/** The versions of one operator. */
export type Rows = Readonly<Record<string, readonly Row[]>>;

/** Any version that we read: the operator has not changed its meaning since opset 13. */
export const always = (read: Read): readonly Row[] => [{ opsets: [1, Number.POSITIVE_INFINITY], read }];
export const until = (last: number, read: Read): Row => ({ opsets: [1, last], read });
export const since = (first: number, read: Read): Row => ({ opsets: [first, Number.POSITIVE_INFINITY], read });

/** Computes a node on the host, where all that it reads is known. */
export type Fold = (node: OnnxNode, inputs: readonly Known[]) => Known | readonly Known[];
export type Folds = Readonly<Record<string, Fold>>;
