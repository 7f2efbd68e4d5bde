import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesIn, hubWorkplace, text } from './hub-workplace.test-support.js';
import { resolveFiles, type WantedFiles } from './resolve-files.js';

const at = hubWorkplace();
const wanted: WantedFiles = {
  kind: 'CLIP model',
  advice: 'Name another.',
  oneOf: [
    ['config.json', 'model.safetensors'],
    ['config.json', 'model.safetensors.index.json'],
    ['config.json', 'pytorch_model.bin'],
  ],
  takes: ['vocab.json'],
};
const bytes = (value: string): Uint8Array => text(value);

describe('files of a repository', () => {
  it('are fetched where they are wanted, and no others', async () => {
    const all = { 'config.json': text({}), 'vocab.json': text({}), 'README.md': bytes('#') };
    at.publish({ ...all, 'pytorch_model.bin': bytes('p'), 'model.safetensors': bytes('s') });
    const { path } = await resolveFiles('owner/name', wanted);
    expect(await filesIn(path)).toEqual(['config.json', 'model.safetensors', 'vocab.json']);
  });

  it('are the second choice where the first is not there, and shards where there is an index', async () => {
    at.publish({ 'config.json': text({}), 'pytorch_model.bin': bytes('p') });
    expect(await filesIn((await resolveFiles('owner/name', wanted)).path)).toEqual([
      'config.json',
      'pytorch_model.bin',
    ]);
    const index = text({ weight_map: { a: 'model-1.safetensors', b: 'model-2.safetensors' } });
    const shards = { 'model-1.safetensors': bytes('1'), 'model-2.safetensors': bytes('2') };
    at.publish({ 'config.json': text({ a: 1 }), 'model.safetensors.index.json': index, ...shards });
    expect(await filesIn((await resolveFiles('owner/name', wanted)).path)).toEqual([
      'config.json',
      'model-1.safetensors',
      'model-2.safetensors',
      'model.safetensors.index.json',
    ]);
  });

  it('are one where one is named, which may be of torch.save', async () => {
    at.publish({ 'HPS_v2.1_compressed.pt': bytes('weights'), 'script.py': bytes('') });
    const { kind, path } = await resolveFiles('owner/name:HPS_v2.1_compressed.pt', wanted);
    expect([kind, basename(path)]).toEqual(['file', 'HPS_v2.1_compressed.pt']);
    await expect(resolveFiles('owner/name:script.py', wanted)).rejects.toThrow(/script\.py is no file of weights/);
  });

  it('are named where the repository lacks them', async () => {
    at.publish({ 'config.json': text({}) });
    await expect(resolveFiles('owner/name', wanted)).rejects.toThrow(
      'owner/name: the repository is no CLIP model: it lacks model.safetensors. Name another.',
    );
  });
});
