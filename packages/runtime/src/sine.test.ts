import { compile, cos, graph, input, sin } from '@bradley/graph';
import { expect, it } from 'vitest';
import { createSession } from './session.js';

it('takes sines and cosines of large angles without the device having any', async () => {
  const angles = Float32Array.from({ length: 20_001 }, (_, i) => (i - 10_000) * 0.3);
  const x = input('x', [angles.length]);
  const model = compile(graph({ sine: sin(x), cosine: cos(x) }), { provider: 'onnx' });
  const session = await createSession(model, { threads: 1 });
  const { sine, cosine } = await session.run({ x: angles });
  await session.release();
  angles.forEach((angle, i) => {
    expect(Math.abs(Number(sine?.data[i]) - Math.sin(angle)), `sin ${angle}`).toBeLessThan(3e-7);
    expect(Math.abs(Number(cosine?.data[i]) - Math.cos(angle)), `cos ${angle}`).toBeLessThan(3e-7);
  });
});
