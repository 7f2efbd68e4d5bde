import { mul } from '../../ops/elementwise.js';
import { matmul } from '../../ops/matmul.js';
import { sum } from '../../ops/reduce.js';
import { reshape, transpose } from '../../ops/shape.js';
import { type Shape, size, type Value } from '../../value.js';
import { OnnxError } from './onnx-error.js';

/** A tensor and the letter of each of its axes. */
interface Lettered {
  readonly value: Value;
  readonly axes: string;
}

/** Einstein summation over letters a–z and A–Z, from the left, two operands at a time. */
export function einsum(equation: string, operands: readonly Value[]): Value {
  const [left = '', right] = equation.replaceAll(' ', '').split('->');
  const terms = left.split(',');
  const letters = left.replaceAll(',', '');
  const plain = /^[a-zA-Z,]*$/.test(left) && /^[a-zA-Z]*$/.test(right ?? '');
  const fits = terms.length === operands.length && terms.every((term, i) => term.length === operands[i]?.shape.length);
  if (!plain || !fits || terms.some((term) => new Set(term).size !== term.length))
    throw new OnnxError(
      `the equation '${equation}' is not read: each operand needs a letter for each of its axes, none twice, and no '…'`,
    );
  const once = [...new Set(letters)].filter((letter) => letters.split(letter).length === 2).sort();
  const result = right ?? once.join('');
  const all = operands.map((value, i): Lettered => ({ value, axes: terms[i] as string }));
  const joined = all.reduce((a, b, i) => {
    if (i === 0) return b;
    const later = terms.slice(i + 1).join('') + result;
    return contract(a, b, later);
  });
  const kept = summed(joined, result);
  return transpose(
    kept.value,
    [...result].map((letter) => kept.axes.indexOf(letter)),
  );
}

/** Sums away the axes that nothing later needs. */
function summed({ value, axes }: Lettered, needed: string): Lettered {
  const gone = [...axes].flatMap((letter, i) => (needed.includes(letter) ? [] : [i]));
  if (gone.length === 0) return { value, axes };
  return { value: sum(value, gone), axes: [...axes].filter((letter) => needed.includes(letter)).join('') };
}

/** The product of two operands: letters of both are batch if needed later, else summed over, by one matrix product. */
function contract(first: Lettered, second: Lettered, later: string): Lettered {
  const a = summed(first, later + second.axes);
  const b = summed(second, later + first.axes);
  const shared = [...a.axes].filter((letter) => b.axes.includes(letter));
  const batch = shared.filter((letter) => later.includes(letter));
  const inner = shared.filter((letter) => !later.includes(letter));
  const rows = [...a.axes].filter((letter) => !shared.includes(letter));
  const columns = [...b.axes].filter((letter) => !shared.includes(letter));
  const lengths = (of: Lettered, letters: string[]): Shape =>
    letters.map((letter) => of.value.shape[of.axes.indexOf(letter)] as number);
  const arranged = (of: Lettered, ...groups: string[][]): Value => {
    const order = groups.flat().map((letter) => of.axes.indexOf(letter));
    return reshape(
      transpose(of.value, order),
      groups.map((letters) => size(lengths(of, letters))),
    );
  };
  const [x, y] = [arranged(a, batch, rows, inner), arranged(b, batch, inner, columns)];
  const product = inner.length === 0 ? mul(x, y) : matmul(x, y);
  const shape = [...lengths(a, batch), ...lengths(a, rows), ...lengths(b, columns)];
  return { value: reshape(product, shape), axes: [...batch, ...rows, ...columns].join('') };
}
