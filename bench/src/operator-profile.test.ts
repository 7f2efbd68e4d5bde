import { describe, expect, it } from 'vitest';
import { operatorTable, operatorTimes } from './operator-profile.js';

const kernel = (op: string, dur: number) => ({
  cat: 'Node',
  name: `${op}_1_kernel_time`,
  dur,
  args: {
    op_name: op,
    input_type_shape: [{ float: [1, 4, 8, 8] }, { float: [4, 4, 3, 3] }],
    output_type_shape: [{ float: [1, 4, 8, 8] }],
  },
});
const run = { cat: 'Session', name: 'model_run', dur: 5000 };
const profile = JSON.stringify([
  { cat: 'Session', name: 'model_loading_array', dur: 9000 },
  ...[run, kernel('Conv', 2000), kernel('Mul', 500), kernel('Mul', 300)],
  ...[run, kernel('Conv', 1000), kernel('Mul', 100), kernel('Mul', 100)],
]);

describe('an operator profile', () => {
  it('adds kernels up by type, per run, slowest first', () => {
    expect(operatorTimes(profile)).toEqual([
      { op: 'Conv', nodes: 1, milliseconds: 1.5, share: 0.75, flops: 2 * 256 * 36, bytes: 4 * 656 },
      { op: 'Mul', nodes: 2, milliseconds: 0.5, share: 0.25, flops: 0, bytes: 2 * 4 * 656 },
    ]);
  });

  it('is printed as a table', () => {
    // 18,432 operations at 1 MFLOP/s are 18.4 ms; 5,248 bytes at 1 MB/s are 5.2 ms.
    expect(operatorTable(operatorTimes(profile), { flops: 1e6, bytes: 1e6 }).split('\n')).toEqual([
      'operator  nodes  ms a run    share  GFLOP    GB  floor ms',
      'Conv          1      1.50   75.0 %    0.0  0.00     18.43',
      'Mul           2      0.50   25.0 %    0.0  0.00      5.25',
      'all           3      2.00  100.0 %    0.0  0.00     23.68',
    ]);
  });

  it('says so when there is nothing in it', () => {
    expect(() => operatorTimes('[]')).toThrow('0 runs and 0 kernels');
  });
});
