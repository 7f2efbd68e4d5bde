import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatModelId, isInside, parseModelId } from './model-id.js';

const word = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,9}$/);
const path = fc.array(word, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
const id = fc.record({
  repository: fc.tuple(word, word).map((parts) => parts.join('/')),
  revision: fc.option(path),
  file: fc.option(path),
});

describe('a name on the hub', () => {
  it('is read as it is written', () => {
    fc.assert(
      fc.property(id, (model) => {
        expect(parseModelId(formatModelId(model))).toEqual(model);
      }),
    );
    expect(parseModelId('a/b@refs/pr/1:sub/x y.safetensors')).toEqual({
      repository: 'a/b',
      revision: 'refs/pr/1',
      file: 'sub/x y.safetensors',
    });
  });

  it('never leads out of a folder, whatever it is', () => {
    const pieces = fc.array(fc.constantFrom('a', 'b.c', '.', '..', '/', '\\', '@', ':', '', '~', 'C:', '\0'), {
      maxLength: 9,
    });
    fc.assert(
      fc.property(pieces, (some) => {
        const model = parseModelId(some.join(''));
        for (const part of [model?.repository, model?.revision, model?.file])
          if (part != null) expect(isInside(part)).toBe(true);
      }),
    );
    for (const name of ['../a', 'a/../b', '/a', 'a//b', 'a\\b', 'C:a', '.', '']) expect(isInside(name)).toBe(false);
    for (const name of ['a', 'a/b', '..a/b..', 'a..b']) expect(isInside(name)).toBe(true);
  });
});
