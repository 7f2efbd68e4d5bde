import { describe, expect, it } from 'vitest';
import { type Diagnosis, diagnose, findingsOn } from './doctor.js';

const gib = 2 ** 30;
const good: Parameters<typeof findingsOn>[0] = {
  node: '20.20.0',
  system: 'linux x64',
  processor: { model: 'a processor', cores: 4, quota: null, vectors: ['avx', 'avx2', 'fma'] },
  memory: { totalBytes: 16 * gib, limitBytes: null, availableBytes: 8 * gib },
  disk: { folder: '/', freeBytes: 50 * gib },
  allocator: { glibc: '2.36', tunables: null, hugePages: 'madvise' },
  run: null,
};
const texts = (change: Partial<Diagnosis>) => findingsOn({ ...good, ...change }).map(({ text }) => text);

describe('the doctor', () => {
  it('looks at this machine and times its kernels', async () => {
    const { node, processor, memory, kernels, speed } = await diagnose({ folder: 'a/folder/that/is/not/there' });
    expect(node).toBe(process.versions.node);
    expect(processor.cores).toBeGreaterThan(0);
    expect(memory.availableBytes).toBeLessThanOrEqual(memory.totalBytes);
    expect(kernels?.providers).toContain('cpu');
    expect(speed?.matmul).toBeGreaterThan(1);
    expect(speed?.convolution).toBeGreaterThan(1);
  });

  it('finds nothing wrong with a good machine', () => {
    expect(texts({})).toEqual([]);
  });

  it.each<[string, Partial<Diagnosis>, RegExp]>([
    ['an old Node', { node: '18.1.0' }, /Node is 18\.1\.0; Bradley needs 20\.19/],
    ['musl', { allocator: { glibc: null, tunables: null, hugePages: null } }, /no glibc/],
    ['a container with little memory', { memory: { ...good.memory, limitBytes: 2 * gib } }, /^2\.0 GiB of memory/],
    ['a quota', { processor: { ...good.processor, quota: 1.5 } }, /1\.5 of the 4 cores.*train\.threads to 1/],
    ['a processor without AVX2', { processor: { ...good.processor, vectors: ['avx'] } }, /no AVX2/],
    ['a full disk', { disk: { folder: '/runs', freeBytes: gib } }, /Only 1\.0 GiB are free on the disk of \/runs/],
    ['another system', { system: 'darwin arm64' }, /tested on Linux x64 only; this is darwin arm64/],
  ])('says what to do about %s', (_, change, expected) => {
    expect(texts(change)).toEqual([expect.stringMatching(expected)]);
  });

  it('compares what a run needs with what there is, problems first', () => {
    const run = { parameters: 1, trainable: 1, largest: { name: 'training', parts: [] }, peak: 12 * gib };
    expect(texts({ run })).toEqual([expect.stringContaining('of which 8.0 GiB are free now')]);
    const [first] = findingsOn({ ...good, disk: { folder: '/', freeBytes: 0 }, run: { ...run, peak: 17 * gib } });
    expect(first).toEqual({ level: 'problem', text: expect.stringContaining('says what fits') });
  });
});
