import { expect, it } from 'vitest';
import { graph } from '../graph.js';
import { add, cast, exp } from '../ops/elementwise.js';
import { input, weight } from '../ops/leaf.js';
import { matmul } from '../ops/matmul.js';
import { dequantize } from '../ops/quantised.js';
import { reshape } from '../ops/shape.js';
import { toText } from '../text.js';
import { widenLate } from './widen.js';

const half = (name: string, shape: number[]) =>
  cast(weight(name, shape, 'float16', { file: '/w.safetensors', offset: 0, length: 0 }), 'float32');

it('widens a large 16-bit weight anew for each use, after the other operand', () => {
  const w = half('w', [512, 512]);
  const x = exp(input('x', [2, 512]));
  const y = matmul(matmul(x, w), reshape(w, [512, 512]));
  expect(toText(widenLate(graph({ y })))).toMatchInlineSnapshot(`
    "%0: f16[512,512] = Weight() {name: "w", source: {"file":"/w.safetensors","offset":0,"length":0}}
    %1: f32[2,512] = Input() {name: "x"}
    %2: f32[2,512] = Exp(%1)
    %3: f16[512,512] = Barrier(%0, %2)
    %4: f32[512,512] = Cast(%3) {to: "float32"}
    %5: f32[2,512] = MatMul(%2, %4)
    %6: f16[512,512] = Barrier(%0, %5)
    %7: f32[512,512] = Cast(%6) {to: "float32"}
    %8: f32[2,512] = MatMul(%5, %7)
    return y = %8"
  `);
});

it('dequantises a large 8-bit weight anew for each use, and moves no scales', () => {
  const source = { file: '/w.safetensors', offset: 0, length: 0 };
  const w = dequantize(weight('w', [512, 512], 'int8', source), weight('s', [512], 'float32', source));
  const x = input('x', [2, 512]);
  const text = toText(widenLate(graph({ y: matmul(matmul(x, w), w) })));
  expect(text.match(/i8\[512,512\] = Barrier/g)).toHaveLength(2);
  expect(text.match(/Barrier/g)).toHaveLength(2);
  expect(text.match(/DequantizeLinear\(%\d+, %1\)/g)).toHaveLength(2);
});

it('leaves small weights, and what nothing fed goes with, as they are', () => {
  const small = matmul(input('x', [2, 8]), half('w', [8, 8]));
  const ahead = matmul(half('a', [512, 512]), half('b', [512, 512]));
  for (const y of [small, ahead, add(ahead, 1)]) expect(toText(widenLate(graph({ y })))).not.toContain('Barrier');
});
