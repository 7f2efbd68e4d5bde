import { expect, it } from 'vitest';
import type { PlannedGenerator } from './plan.js';
import { idOf } from './work-item.js';

it('a picture is the same work however long its program may take, and other work by another program', () => {
  const of = (settings: Record<string, unknown>): string => {
    const generator: PlannedGenerator = { kind: 'command', settings, pins: {} };
    return idOf({ kind: 'generate', source: 'one', generator, prompt: 'cat', seed: 1, index: 0 });
  };
  const id = of({ command: ['draw'] });
  expect(of({ command: ['draw'], timeout: 5 })).toBe(id);
  expect(of({ command: ['paint'], timeout: 5 })).not.toBe(id);
});
