import { join } from 'node:path';
import { openCheckpoint, pixelValues } from '@bradley/formats';
import { type Graph, graph, input, reshape } from '@bradley/graph';
import { batchedSession, checkpointStore, clipImageEmbeds, linear, paramsOf, type StoredTensor } from '@bradley/models';
import { type ClipFiles, openClipFiles } from './clip-files.js';
import type { Scorer } from './scorer.js';
import { findFiles, isFile, storedTensors } from './scorer-files.js';
import type { ScorerKind, ScorerOptions } from './scorer-kind.js';
import { identityOf } from './similarity-scorer.js';
import { weightFingerprint } from './weight-fingerprint.js';

/** The head by the names of its file, first the authors', then TRL's. */
const headFiles = ['sac+logos+ava1-l14-linearMSE.pth', 'aesthetic-model.pth'];
const published = 'openai/clip-vit-large-patch14';

/**
 * LAION's aesthetic predictor `sac+logos+ava1-l14-linearMSE` (christophschuhmann/improved-aesthetic-predictor): five linear
 * layers, with nothing between them but the dropout of its training, on the normalised embedding of a picture by OpenAI's
 * CLIP ViT-L/14. About 1 to 10. It reads no prompt.
 */
export const aesthetic: ScorerKind = {
  summary: "LAION's aesthetic predictor on CLIP ViT-L/14; reads no prompt",
  argument: 'head (.pth or .safetensors), or folder that has it, and CLIP ViT-L/14 if it is not to be fetched',
  defaultModel: 'trl-lib/ddpo-aesthetic-predictor:aesthetic-model.pth',
  open: async (argument, options) => aestheticScorer(await openAesthetic(argument, options), options),
  graph: async (argument, options) => aestheticGraph(await openAesthetic(argument, options), options.graphBatch ?? 1),
};

interface Aesthetic {
  readonly clip: ClipFiles;
  readonly headPath: string;
  readonly head: ReadonlyMap<string, StoredTensor>;
}

async function openAesthetic(argument: string, options: ScorerOptions): Promise<Aesthetic> {
  const wanted = {
    kind: 'aesthetic predictor',
    advice: 'The head alone is named owner/name:file.pth.',
    oneOf: headFiles.map((file) => [file]),
  };
  const { path, folder } = await findFiles(argument, wanted, options);
  const headPath = path === folder ? await headIn(folder) : path;
  const head = storedTensors(await openCheckpoint(headPath));
  if (!head.has(`layers.${layerNumbers[0]}.weight`))
    throw new Error(
      `${headPath}: it is no head of LAION's aesthetic predictor, whose tensors are layers.0.weight and so on, but has ${[...head.keys()].slice(0, 3).join(', ')}.`,
    );
  const own = await isFile(join(folder, 'config.json'));
  const clip = await openClipFiles(
    own ? folder : published,
    { tokenizer: published, pictures: { resize: 'pillow', crop: 'even' } },
    options,
  );
  return { clip, headPath, head };
}

async function headIn(folder: string): Promise<string> {
  for (const name of headFiles) if (await isFile(join(folder, name))) return join(folder, name);
  throw new Error(`${folder}: there is no ${headFiles.join(' and no ')} in it. Name the file of the head.`);
}

/** Dropout takes numbers of its own between them. */
const layerNumbers = [0, 2, 4, 6, 7];

/** pixel_values (batch, 3, size, size) → score (batch) */
function aestheticGraph({ clip: { part }, head, headPath }: Aesthetic, batch: number): Graph {
  const { num_channels: channels, image_size: size } = part.config.vision_config;
  const pixels = input('pixel_values', [batch, channels, size, size]);
  const embeds = clipImageEmbeds(paramsOf(checkpointStore(part.tensors, part.path)), part.config, pixels);
  const p = paramsOf(checkpointStore(head, headPath)).at('layers');
  const widthOf = (layer: number): number => head.get(`layers.${layer}.weight`)?.shape[0] ?? 1;
  const score = layerNumbers.reduce((x, layer) => linear(p.at(`${layer}`), x, widthOf(layer)), embeds); // (batch, 1)
  return graph({ score: reshape(score, [batch]) });
}

async function aestheticScorer(
  model: Aesthetic,
  { device, threads, batch = 8, onProgress }: ScorerOptions,
): Promise<Scorer> {
  const { clip, headPath } = model;
  const session = batchedSession((rows) => aestheticGraph(model, rows), {
    batch,
    ...(device === undefined ? {} : { device }),
    ...(threads === undefined ? {} : { threads }),
  });
  const head = await weightFingerprint([headPath]);
  return {
    name: 'aesthetic',
    identity: identityOf(['aesthetic', 1, clip.fingerprint, head, clip.part.config, clip.pictures]),
    weights: identityOf([clip.fingerprint, head]),
    readsPrompt: false,
    learntFrom: null,
    async score(items) {
      const scores = new Float64Array(items.length);
      for (let start = 0; start < items.length; start += batch) {
        const these = items.slice(start, start + batch);
        const rows = these.map(({ image }) => ({ pixel_values: pixelValues(image, clip.pictures) }));
        for (const [i, [score]] of (await session.run(rows)).entries()) scores[start + i] = score as number;
        onProgress?.(start + these.length, items.length);
      }
      return scores;
    },
    release: () => session.release(),
  };
}
