import { add, conv, graph, input, reshape, swapLast, type Value } from '@bradley/graph';
import { evaluate, type HostTensor, uniform } from '@bradley/runtime';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { paramsOf, trainableStore } from './params.js';
import { patchEmbedding, prependToken } from './patch-embedding.js';

const drawn = (stream: string, length: number): Float32Array =>
  uniform({ seed: 3, stream, step: 0, index: 0 }, length).map((x) => x - 0.5);

it('is the convolution whose stride is its kernel, also where patches do not fill the picture', () =>
  fc.assert(
    fc.asyncProperty(
      fc.record({ batch: fc.integer({ min: 1, max: 3 }), patch: fc.integer({ min: 1, max: 5 }), bias: fc.boolean() }),
      fc.integer({ min: 1, max: 3 }),
      fc.nat({ max: 4 }),
      async ({ batch, patch, bias }, side, rest) => {
        const size = patch * side + (rest % patch);
        const geometry = { hidden_size: 4, num_channels: 2, image_size: size, patch_size: patch };
        const pixels = input('pixels', [batch, 2, size, size]);
        const store = trainableStore();
        const ours = patchEmbedding(paramsOf(store), pixels, geometry, { bias });
        const [weight, offset] = store.trainables.map(({ value }) => value) as [Value, Value | undefined];
        const convolved = conv(pixels, weight, offset ?? null, { strides: [patch, patch], pads: [0, 0, 0, 0] });
        const theirs = swapLast(reshape(convolved, [batch, 4, side * side]));
        const feeds = Object.fromEntries(
          store.trainables.map(({ name, shape }) => [
            name,
            drawn(
              name,
              shape.reduce((a, b) => a * b, 1),
            ),
          ]),
        );
        const result = await evaluate(graph({ ours, theirs }), {
          ...feeds,
          pixels: drawn('x', batch * 2 * size * size),
        });
        expect(result.ours?.shape).toEqual([batch, side * side, 4]);
        const [got, want] = [result.ours, result.theirs].map((tensor) => [
          ...((tensor as HostTensor).data as Float32Array),
        ]);
        for (const [at, value] of (want as number[]).entries()) expect(got?.[at]).toBeCloseTo(value, 5);
      },
    ),
    { numRuns: 25 },
  ));

it('puts the class token first, and adds each its position', async () => {
  const tokens = prependToken(input('token', [2]), input('patches', [2, 2, 2]), input('positions', [3, 2]));
  const feeds = {
    token: Float32Array.of(1, 2),
    patches: Float32Array.of(3, 4, 5, 6, 7, 8, 9, 10),
    positions: Float32Array.of(0, 0, 100, 100, 200, 200),
  };
  const { tokens: result } = await evaluate(graph({ tokens: add(tokens, 0) }), feeds);
  expect([...((result as HostTensor).data as Float32Array)]).toEqual([
    1, 2, 103, 104, 205, 206, 1, 2, 107, 108, 209, 210,
  ]);
});
