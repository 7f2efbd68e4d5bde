import { readFileSync } from 'node:fs';
import { backward, block, compile, graph, input, mean, mul, sigmoid, square, tanh, type Value } from '@bradley/graph';
import { cpuTarget } from './cpu-target.js';
import { createSession } from './session.js';

/**
 * Prints how many bytes one forward and backward of a deep stack adds to the peak of this process, with or without recomputed
 * blocks (argument `recompute` or `keep`). A process of its own, because a peak of resident memory never comes down again.
 */
const blocks = 16;
const shape = [1024, 2048]; // 8 MiB a tensor

const layer = (x: Value, scale: Value): Value => tanh(mul(sigmoid(tanh(mul(x, scale))), sigmoid(x)));

const x = input('x', shape);
const scales = Array.from({ length: blocks }, (_, i) => input(`scale${i}`, [2048]));
const y = scales.reduce((h, scale) => block(() => layer(h, scale)), x);
const gradients = backward(mean(square(y)), scales, { recompute: process.argv[2] === 'recompute' });
const outputs = Object.fromEntries(gradients.map((g, i) => [`toScale${i}`, g]));
const session = await createSession(compile(graph(outputs), await cpuTarget()));
const ones = new Float32Array(2048).fill(1);
const feeds = Object.fromEntries(scales.map((_, i) => [`scale${i}`, ones]));
const image = new Float32Array(1024 * 2048).fill(0.5);

const before = peak();
await session.run({ x: image, ...feeds });
console.log(String(peak() - before));

/** The high-water mark of resident memory, in bytes. */
function peak(): number {
  const kib = /VmHWM:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return Number(kib) * 1024;
}
