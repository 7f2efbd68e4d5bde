import { elementwiseFolds } from './fold-elementwise.js';
import { scatterFolds } from './fold-scatter.js';
import { shapeFolds } from './fold-shape.js';
import type { Fold, Folds, Row, Rows } from './row.js';
import { activationRows } from './rows-activation.js';
import { attentionRows } from './rows-attention.js';
import { contribRows } from './rows-contrib.js';
import { convRows } from './rows-conv.js';
import { elementwiseRows } from './rows-elementwise.js';
import { forwardOnlyRows } from './rows-forward-only.js';
import { gatherRows } from './rows-gather.js';
import { matmulRows } from './rows-matmul.js';
import { normRows } from './rows-norm.js';
import { reduceRows } from './rows-reduce.js';
import { resizeRows } from './rows-resize.js';
import { shapeRows } from './rows-shape.js';

/** The versions of ONNX's operator set that are read, first and last. */
export const readableOpsets = [13, 23] as const;

/** Every operator by domain. A new one is a row in its family's file; a family is a line here. */
const domains: ReadonlyMap<string, Rows> = new Map([
  [
    '',
    {
      ...elementwiseRows,
      ...activationRows,
      ...reduceRows,
      ...shapeRows,
      ...gatherRows,
      ...matmulRows,
      ...convRows,
      ...resizeRows,
      ...normRows,
      ...attentionRows,
      ...forwardOnlyRows,
    },
  ],
  ['com.microsoft', contribRows],
]);

/** ONNX's own domain has two names. */
export const domainOf = (name: string): string => (name === 'ai.onnx' ? '' : name);

/** How an operator is read at that version of its domain's operator set; null where it is not. */
export function rowOf(domain: string, op: string, opset: number): Row | null {
  const rows = domains.get(domain);
  const versions = rows && Object.hasOwn(rows, op) ? rows[op] : undefined;
  return versions?.find(({ opsets: [first, last] }) => first <= opset && opset <= last) ?? null;
}

const folds: Folds = { ...elementwiseFolds, ...shapeFolds, ...scatterFolds };

/** How an operator is computed on the host; null where it is not. */
export function foldOf(domain: string, op: string): Fold | null {
  return domain === '' && Object.hasOwn(folds, op) ? (folds[op] ?? null) : null;
}
