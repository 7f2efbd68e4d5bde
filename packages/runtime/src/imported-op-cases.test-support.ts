import {
  add,
  type DifferentiableOp,
  foreign,
  groupedConv,
  groupedConvTranspose,
  maxPool,
  mul,
  pow,
  type Value,
} from '@bradley/graph';
import fc from 'fast-check';
import type { Case } from './op-cases.test-support.js';

type ImportedOp = Extract<DifferentiableOp, 'Pow' | 'GroupedConv' | 'GroupedConvTranspose' | 'MaxPool' | 'Foreign'>;

const n = fc.integer({ min: 1, max: 4 });
const grouped = fc.record({
  b: n,
  group: fc.constantFrom(1, 2, 3),
  i: fc.integer({ min: 1, max: 2 }),
  o: fc.integer({ min: 1, max: 2 }),
  h: fc.integer({ min: 5, max: 8 }),
  w: fc.integer({ min: 5, max: 8 }),
  k: fc.constantFrom(1, 2, 3),
  strides: fc.tuple(fc.constantFrom(1, 2), fc.constantFrom(1, 3)),
  dilations: fc.tuple(fc.constantFrom(1, 2), fc.constantFrom(1, 2)),
  pads: fc.tuple(...([0, 1, 2, 3] as const).map(() => fc.integer({ min: 0, max: 1 }))) as fc.Arbitrary<
    [number, number, number, number]
  >,
  bias: fc.boolean(),
});

/** Generators for the ops that only imported models use. */
export const importedCases: Record<ImportedOp, fc.Arbitrary<Case>> = {
  Pow: fc.tuple(n, n).map(([a, b]) => ({
    apply: (x, y) => pow(x as Value, y as Value),
    inputs: [[a, b], [b]],
    domain: 'positive',
  })),
  GroupedConv: grouped.map(({ b, group, i, o, h, w, k, bias, ...geometry }) => ({
    apply: (x, kernel, c) => groupedConv(x as Value, kernel as Value, c ?? null, { group, ...geometry }),
    inputs: [[b, group * i, h, w], [group * o, i, k, k], ...(bias ? [[group * o]] : [])],
  })),
  GroupedConvTranspose: grouped.map(({ b, group, i, o, h, w, k, strides, dilations }) => ({
    apply: (x, kernel) =>
      groupedConvTranspose(
        x as Value,
        kernel as Value,
        { group, strides, dilations, pads: [0, 0, 0, 0] },
        (h - 1) * strides[0] + dilations[0] * (k - 1) + 1,
        (w - 1) * strides[1] + dilations[1] * (k - 1) + 1,
      ),
    inputs: [
      [b, group * o, h, w],
      [group * o, i, k, k],
    ],
  })),
  // Maxima far apart: at a tie the direction is a kink.
  MaxPool: grouped.map(({ b, group, h, w, k, strides, dilations, pads }) => ({
    apply: (x) => {
      const inside = pads.map((pad) => Math.min(pad, k - 1)) as [number, number, number, number];
      return maxPool(x as Value, { kernel: [k, k], strides, dilations, pads: inside, ceil: false });
    },
    inputs: [[b, group, h, w]],
    domain: 'distinct',
  })),
  Foreign: fc.tuple(n, n).map(([a, b]) => ({
    apply: (x) => {
      const place = { place: 'in a test', flat: true };
      return add(mul(x as Value, 3), foreign('Floor', [mul(x as Value, 1e-9)], place, [x as Value])[0] as Value);
    },
    inputs: [[a, b]],
    domain: 'positive',
  })),
};
