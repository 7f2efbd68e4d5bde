import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { readImageList } from '../../image-list.js';
import { generatorKind } from './generator-kind.js';

const settings = z.strictObject({
  pictures: z.string().min(1).describe('folder with images.jsonl, or such a file: a line {"file", "prompt"} each'),
  model: z.string().min(1).optional().describe('what made them'),
});

/** Pictures that were made elsewhere: the first of each prompt is taken. */
export const picturesGenerator = generatorKind({
  summary: 'pictures that are there already',
  settings,
  immaterial: [],
  given: true,
  async pin({ pictures }) {
    const { path } = await readImageList(pictures);
    return {
      list: createHash('sha256')
        .update(await readFile(path))
        .digest('hex'),
    };
  },
  async open({ pictures }) {
    const { path, images } = await readImageList(pictures);
    const files = new Map(images.toReversed().map(({ prompt, file }) => [prompt, file]));
    return {
      async draw(prompt) {
        const file = files.get(prompt);
        if (file === undefined) throw new Error(`${path} has no picture of "${prompt}"`);
        return readFile(file);
      },
      release: async () => {},
    };
  },
  describe: ({ pictures, model }) => ({ model: model ?? pictures }),
});
