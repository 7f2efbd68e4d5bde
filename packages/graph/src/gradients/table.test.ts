import { expect, it } from 'vitest';
import type { DifferentiableOp } from '../ops/table.js';
import { elementwiseVjps } from './elementwise.js';
import { vjps } from './table.js';
import type { Vjp } from './vjp.js';

type Rules = { [Op in DifferentiableOp]: Vjp<Op> };

// Checked by the compiler: an expectation that is not met is an error of `npm run typecheck`.
it('does not compile without a row for every op, or with a row of another arity', () => {
  const { Add: _missing, ...rest } = vjps;
  // @ts-expect-error the row of Add is missing
  rest satisfies Rules;
  // @ts-expect-error most families are missing
  elementwiseVjps satisfies Rules;
  // @ts-expect-error Add has two inputs
  ((g) => [g]) satisfies Vjp<'Add'>;
  // @ts-expect-error Split has several outputs, so it is given a list of gradients
  ((g, _ys, [x]) => [g.shape === x.shape ? g : null]) satisfies Vjp<'Split'>;
  vjps satisfies Rules;
  expect(Object.keys(vjps)).not.toContain('FusedMatMul');
});
