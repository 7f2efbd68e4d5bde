import { readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { decodeImage, float32Tensor, writeLora } from '@bradley/formats';
import { normal } from '@bradley/runtime';
import { beforeAll, describe, expect, it } from 'vitest';
import { emojiFolder } from './emoji/names.js';
import { readImageList } from './image-list.js';
import type { LoraUse } from './lora/use-lora.js';
import { tinyWorkplace } from './run/tiny-model.test-support.js';
import { sampleImages } from './sample-images.js';

let base: string;
let lora: LoraUse[];
const attention = 'down_blocks.0.attentions.0.transformer_blocks.0.attn1';

/** Writes a LoRA of the layers named, (16, 16) each, of that rank. */
async function loraOf(name: string, layers: readonly string[], rank: (layer: number) => number): Promise<LoraUse[]> {
  const path = join(base, `${name}.safetensors`);
  const tensor = (shape: [number, number], index: number) =>
    float32Tensor(shape, normal({ seed: 0, stream: name, step: 0, index }, shape[0] * shape[1]));
  const modules = layers.map((layer, i) => {
    const [A, B] = [tensor([rank(i), 16], 2 * i), tensor([16, rank(i)], 2 * i + 1)];
    return [`unet.${layer}`, { A, B, alpha: 4 }] as const;
  });
  await writeLora(path, 'diffusers', new Map(modules));
  return [{ path, strength: 1 }];
}

beforeAll(async () => {
  base = await tinyWorkplace();
  lora = await loraOf('good', [`${attention}.to_q`, `${attention}.to_v`], () => 4);
});

const sample = async (output: string, more: object = {}) => {
  const written = await sampleImages({
    model: join(base, 'model'),
    prompts: ['cat', 'pizza'],
    seeds: [0, 3],
    steps: 2,
    guidance: 2,
    threads: 1,
    output: join(base, output),
    ...more,
  });
  return { ...written, pictures: await Promise.all(written.images.map(({ file }) => readFile(file))) };
};

describe('sampleImages', () => {
  it('says which words of a prompt the model has never seen, and draws it all the same', async () => {
    const messages: string[] = [];
    const prompts = ['cat', 'Quokka-cat of 日本'];
    const { images } = await sample('unknown', {
      model: emojiFolder,
      prompts,
      seeds: [0],
      onMessage: (message: string) => messages.push(message),
    });
    expect(images).toHaveLength(2);
    expect(messages).toEqual([expect.stringContaining('has never seen "Quokka" and "日本"')]);
  });

  it('writes a picture for each prompt and seed, a grid, and which is which', async () => {
    const { images, grid } = await sample('out');
    expect(images.map(({ prompt, seed }) => [prompt, seed])).toEqual([
      ['cat', 0],
      ['cat', 3],
      ['pizza', 0],
      ['pizza', 3],
    ]);
    expect((await readdir(join(base, 'out'))).sort()).toEqual(
      ['0000.png', '0001.png', '0002.png', '0003.png', 'grid.png', 'images.jsonl'].sort(),
    );
    for (const { file } of images) expect(await decodeImage(file)).toMatchObject({ width: 16, height: 16 });
    expect((await decodeImage(grid)).width).toBeGreaterThan(32);
    const lines = (await readFile(join(base, 'out/images.jsonl'), 'utf8')).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(images.map((of) => ({ ...of, file: basename(of.file) })));
    expect((await readImageList(join(base, 'out'))).images).toEqual(images);
  });

  it('draws lists of any length, a part in memory at a time, to the bytes that each picture has alone', async () => {
    const seeds = Array.from({ length: 67 }, (_, i) => i);
    const counts: number[][] = [];
    const onImage = (...of: number[]) => counts.push(of);
    const { images, inGrid, pictures } = await sample('many', { prompts: ['cat'], seeds, steps: 1, batch: 3, onImage });
    expect([images.length, inGrid]).toEqual([67, 64]);
    expect(images.map(({ seed }) => seed)).toEqual(seeds);
    expect(basename(images.at(-1)?.file ?? '')).toBe('0066.png');
    expect(counts.at(-1)).toEqual([67, 67]);
    expect(counts.map(([done]) => done)).toEqual(counts.map(([done]) => done).toSorted((a = 0, b = 0) => a - b));
    const alone = await sample('last', { prompts: ['cat'], seeds: [66], steps: 1, batch: 3 });
    expect(alone.pictures).toEqual(pictures.slice(-1));
  });

  it('says whose pictures they are, so that a label or a vote can be counted for it', async () => {
    const [plain] = (await sample('plain', { prompts: ['cat'], seeds: [0] })).images;
    const [adapted] = (await sample('adapted', { prompts: ['cat'], seeds: [0], lora, strength: 0.5 })).images;
    expect(plain).toMatchObject({ model: expect.stringContaining(base), steps: expect.any(Number) });
    expect(plain).not.toHaveProperty('adapter');
    expect(adapted?.adapter).toBe(`${lora[0]?.path}:0.5`);
  });

  it('refuses a folder with pictures of another sampling, before it opens a model', async () => {
    await sample('taken', { prompts: ['cat'], seeds: [0] });
    const before = await readFile(join(base, 'taken/grid.png'));
    await expect(sample('taken', { model: join(base, 'nowhere') })).rejects.toThrow(/taken holds.*another --output/);
    expect(await readFile(join(base, 'taken/grid.png'))).toEqual(before);
  });

  it('refuses a sampler that does not take what the model predicts', async () => {
    await expect(sample('flow', { sampler: 'flow-match-euler' })).rejects.toThrow(
      /flow-match-euler is not for a model that predicts v_prediction\. .*: ddpm, ddim, .*pndm\.$/,
    );
  });

  it('says that a file is no safetensors, before it asks for a tokenizer', async () => {
    const [model, fetch] = [join(base, 'bad.safetensors'), { tokenizer: join(base, 'no-tokenizer') }];
    await writeFile(model, 'hello!');
    await expect(sample('bad', { model, fetch })).rejects.toThrow(/bad\.safetensors.*safetensors.*6 bytes/);
  });

  it('gives the same bytes for the same seeds, one at a time or together', async () => {
    const { pictures } = await sample('once');
    expect((await sample('twice')).pictures).toEqual(pictures);
    expect((await sample('other', { seeds: [4, 5] })).pictures).not.toEqual(pictures);
  });

  it('is the base model with a LoRA of strength 0, and another with one of strength 1', async () => {
    const { pictures } = await sample('base');
    expect((await sample('zero', { lora, strength: 0 })).pictures).toEqual(pictures);
    expect((await sample('one', { lora })).pictures).not.toEqual(pictures);
  });

  it('takes another size, of a multiple of what the autoencoder scales by', async () => {
    const { images } = await sample('wide', { width: 32, prompts: ['cat'], seeds: [0] });
    expect(await decodeImage(images[0]?.file ?? '')).toMatchObject({ width: 32, height: 16 });
    await expect(sample('odd', { width: 33 })).rejects.toThrow('use multiples of 2');
  });

  it('refuses a LoRA of another model rather than leaving its layers out', async () => {
    const other = await loraOf('other', [`${attention}.to_q`, 'down_blocks.7.attentions.0.proj_in'], () => 4);
    await expect(sample('foreign', { lora: other })).rejects.toThrow(
      /other\.safetensors has unet\.down_blocks\.7\.attentions\.0\.proj_in.* no such layer.*another model/,
    );
    const wide = await loraOf('wide', ['down_blocks.1.resnets.0.time_emb_proj'], () => 4);
    await expect(sample('misfit', { lora: wide })).rejects.toThrow(/time_emb_proj.*\(/);
  });

  it('takes layers of different ranks', async () => {
    const mixed = await loraOf('mixed', [`${attention}.to_q`, `${attention}.to_v`], (i) => 4 + i);
    const { pictures } = await sample('mixed', { lora: mixed });
    expect(pictures).not.toEqual((await sample('unmixed')).pictures);
  });
});
