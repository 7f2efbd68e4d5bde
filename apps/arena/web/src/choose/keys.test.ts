import { describe, expect, it } from 'vitest';
import { commandOf } from './keys.js';

const plain = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };
const press = (key: string, candidates = 2, held: Partial<typeof plain> = {}) =>
  commandOf({ ...plain, ...held, key }, candidates);

describe('the keys of choosing', () => {
  it('choose by arrow, number and the two fingers of the home row', () => {
    for (const key of ['ArrowLeft', '1', 'f', 'F']) expect(press(key)).toEqual({ kind: 'choose', position: 0 });
    for (const key of ['ArrowRight', '2', 'j', 'J']) expect(press(key)).toEqual({ kind: 'choose', position: 1 });
  });

  it('name no candidate that is not there', () => {
    expect(press('3')).toBeNull();
    expect(press('3', 4)).toEqual({ kind: 'choose', position: 2 });
    expect(press('0', 4)).toBeNull();
  });

  it('leave the browser its own shortcuts, but for undoing', () => {
    for (const key of ['f', 's', 't', 'ArrowLeft', '1']) {
      expect(press(key, 2, { ctrlKey: true })).toBeNull();
      expect(press(key, 2, { altKey: true })).toBeNull();
    }
    expect(press('z', 2, { ctrlKey: true })).toEqual({ kind: 'undo' });
    expect(press('z', 2, { metaKey: true })).toEqual({ kind: 'undo' });
    expect(press('Z', 2, { ctrlKey: true, shiftKey: true })).toBeNull();
  });

  it('have no left and right among many', () => {
    expect(press('ArrowLeft', 4)).toBeNull();
    expect(press('t', 4)).toEqual({ kind: 'tie' });
  });
});
