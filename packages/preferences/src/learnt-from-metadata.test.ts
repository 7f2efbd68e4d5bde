import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { learntFrom } from './learnt-from.js';
import { learntFromKey, learntFromMetadata, readLearntFromMetadata, recordsPrompts } from './learnt-from-metadata.js';
import type { Teacher } from './teachers.js';

const seen = (count: number) =>
  learntFrom(Array.from({ length: count }, (_, i) => ({ prompt: `prompt ${i}`, rater: i % 2 ? 'anna' : 'ben' })));

describe('metadata of what was learnt from', () => {
  it('is read as it was written', () =>
    fc.assert(
      fc.property(fc.array(fc.record({ prompt: fc.string(), rater: fc.string({ minLength: 1 }) })), (rows) => {
        const { raters, prompts } = learntFrom(rows);
        const record = readLearntFromMetadata(learntFromMetadata({ raters, prompts }), 'a.safetensors');
        expect(record).toMatchObject({ raters, prompts, promptCount: prompts.length });
      }),
    ));

  it('lists no more prompts than a header should hold, but tells them from others', () => {
    const many = seen(5000);
    const metadata = learntFromMetadata(many);
    expect(metadata[learntFromKey]?.length).toBeLessThan(300);
    const record = readLearntFromMetadata(metadata, 'a.safetensors');
    expect(record).toMatchObject({ raters: ['anna', 'ben'], promptCount: 5000 });
    expect(record && recordsPrompts(record, many)).toBe(true);
    expect(record && recordsPrompts(record, seen(4999))).toBe(false);
  });

  it('has the teachers too, whose prompts are listed while there is room', () => {
    const { prompts } = seen(4000);
    const few = { rater: 'scorer:a@01', raters: ['anna'], prompts: prompts.slice(0, 96) };
    const more = { rater: 'scorer:b@02', raters: ['ben'], prompts: prompts.slice(0, 97) };
    const of = (...teachers: Teacher[]) =>
      readLearntFromMetadata(learntFromMetadata({ ...seen(4000), teachers }), 'a.safetensors')?.teachers;
    expect(of(few)).toMatchObject([few]);
    const [unlisted] = of(more) ?? [];
    expect(unlisted).toMatchObject({ rater: more.rater, raters: ['ben'], promptCount: 97 });
    expect(unlisted).not.toHaveProperty('prompts');
    expect(unlisted && recordsPrompts(unlisted, more)).toBe(true);
  });

  it('says that it is not all, where it is not', () => {
    const record = readLearntFromMetadata(learntFromMetadata({ ...seen(2), incomplete: true }), 'a.safetensors');
    expect(record?.incomplete).toBe(true);
  });

  it('is null where a file says nothing, and refused where it is damaged', () => {
    expect(readLearntFromMetadata({ format: 'pt' }, 'a.safetensors')).toBeNull();
    for (const text of ['{', '{}', '{"raters":[],"promptCount":1,"promptDigest":"x"}'])
      expect(() => readLearntFromMetadata({ [learntFromKey]: text }, 'a.safetensors')).toThrow(
        /a\.safetensors: its metadata bradley\.learnt_from is damaged/,
      );
  });
});
