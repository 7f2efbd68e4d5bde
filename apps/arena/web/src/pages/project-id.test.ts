import { slugSchema } from '@bradley/arena-contract';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { projectId } from './project-id.js';

it('keeps what stands in an address, and letters without their accents', () => {
  expect(projectId('Cats & dogs!')).toBe('cats-dogs');
  expect(projectId('Kätzchen à la Zoë')).toBe('katzchen-a-la-zoe');
});

it('tells names of other scripts apart', () => {
  expect(projectId('猫')).not.toBe('');
  expect(projectId('猫')).not.toBe(projectId('犬'));
});

it('is what the server takes, for any name that is not empty', () =>
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 100 }).filter((name) => name.trim() !== ''),
      (name) => {
        expect(slugSchema.safeParse(projectId(name)).success).toBe(true);
      },
    ),
  ));
