import { expect, it } from 'vitest';
import { pythonStack } from './python.js';

it('says why an interpreter cannot be used', async () => {
  expect(await pythonStack('/nowhere/python3')).toEqual({
    missing: expect.stringMatching(/^\/nowhere\/python3 cannot import torch, .*ENOENT/) as string,
  });
});
