import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type GraphOptions, type Scorer, weightFingerprint } from '@bradley/evaluate';
import { loadTokenizer, toModelRange } from '@bradley/formats';
import { type Graph, graph, input } from '@bradley/graph';
import { checkpointStore, openPart, paramsOf } from '@bradley/models';
import { learntFromSchema } from '@bradley/preferences';
import { openSession, type SessionOptions } from '@bradley/runtime';
import { judgeFolder } from '../looks/folders.js';
import { judgeConfigSchema, judgeScores } from './judge-network.js';

const batch = 16;

/** Opens the convolutional judge that `trainJudge` wrote, as a scorer. Pictures of another size are brought to its own. */
export async function openJudge(folder = judgeFolder, options: SessionOptions = {}): Promise<Scorer> {
  const { path, config, tensors } = await openPart(folder, judgeConfigSchema);
  const tokenizer = await loadTokenizer(folder);
  const learntFrom = learntFromSchema.parse(JSON.parse(await readFile(join(folder, 'learnt-from.json'), 'utf8')));
  const p = paramsOf(checkpointStore(tensors, path));
  const { image_size: size, max_words: maxLength } = config;
  const inputIds = input('inputIds', [batch, maxLength], 'int64');
  const scores = judgeScores(p, config, inputIds, input('images', [batch, 3, size, size]));
  const session = await openSession(graph({ scores }), options);
  const identity = createHash('sha256')
    .update(JSON.stringify(config))
    .update(await readFile(join(folder, 'model.safetensors')));
  return {
    name: 'emoji-judge',
    identity: identity.digest('hex'),
    weights: await weightFingerprint([join(folder, 'model.safetensors')]),
    readsPrompt: true,
    learntFrom,
    async score(items) {
      const scored = new Float64Array(items.length);
      for (let start = 0; start < items.length; start += batch) {
        const images = new Float32Array(batch * 3 * size * size);
        const inputIds = new BigInt64Array(batch * maxLength);
        for (const [i, { prompt, image }] of items.slice(start, start + batch).entries()) {
          images.set((await toModelRange(image, size)).data, i * 3 * size * size);
          const { ids } = tokenizer.encode(prompt, { maxLength, padding: 'max', truncation: true });
          inputIds.set(BigInt64Array.from(ids, BigInt), i * maxLength);
        }
        const result = (await session.run({ images, inputIds })).scores?.data as Float32Array;
        scored.set(result.subarray(0, Math.min(batch, items.length - start)), start);
      }
      return scored;
    },
    release: () => session.release(),
  };
}

/** Its network, to be written as ONNX: pixel_values in [−1, 1] and input_ids → score. */
export async function judgeGraph({ graphBatch = 1 }: GraphOptions, folder = judgeFolder): Promise<Graph> {
  const { path, config, tensors } = await openPart(folder, judgeConfigSchema);
  const ids = input('input_ids', [graphBatch, config.max_words], 'int64');
  const pixels = input('pixel_values', [graphBatch, 3, config.image_size, config.image_size]);
  return graph({ score: judgeScores(paramsOf(checkpointStore(tensors, path)), config, ids, pixels) });
}
