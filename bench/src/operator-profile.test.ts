import { describe, expect, it } from 'vitest';
import { operatorTable, operatorTimes } from './operator-profile.js';

const kernel = (op: string, dur: number) => ({ cat: 'Node', name: `${op}_1_kernel_time`, dur, args: { op_name: op } });
const run = { cat: 'Session', name: 'model_run', dur: 5000 };
const profile = JSON.stringify([
  { cat: 'Session', name: 'model_loading_array', dur: 9000 },
  ...[run, kernel('Conv', 2000), kernel('Mul', 500), kernel('Mul', 300)],
  ...[run, kernel('Conv', 1000), kernel('Mul', 100), kernel('Mul', 100)],
]);

describe('an operator profile', () => {
  it('adds kernels up by type, per run, slowest first', () => {
    expect(operatorTimes(profile)).toEqual([
      { op: 'Conv', nodes: 1, milliseconds: 1.5, share: 0.75 },
      { op: 'Mul', nodes: 2, milliseconds: 0.5, share: 0.25 },
    ]);
  });

  it('is printed as a table', () => {
    expect(operatorTable(operatorTimes(profile)).split('\n')).toEqual([
      'operator  nodes  ms a run   share',
      'Conv          1      1.50  75.0 %',
      'Mul           2      0.50  25.0 %',
    ]);
  });

  it('says so when there is nothing in it', () => {
    expect(() => operatorTimes('[]')).toThrow('0 runs and 0 kernels');
  });
});
