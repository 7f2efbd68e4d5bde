import { join } from 'node:path';
import { graph, input, softmax } from '@bradley/graph';
import { checkpointStore, openPart, paramsOf } from '@bradley/models';
import { openSession, type SessionOptions } from '@bradley/runtime';
import { designerConfigSchema, designerLogits } from './designer-network.js';
import { type Designer, designers, emojiFolder } from './names.js';

export interface DesignerJudgement {
  readonly designer: Designer;
  /** In the order of `designers`; they sum to 1. */
  readonly probabilities: number[];
}

export interface DesignerClassifier {
  /** Says of pictures (3, 64, 64) in [−1, 1], cut to that range, whose design they are most like. */
  classify(images: readonly Float32Array[]): Promise<DesignerJudgement[]>;
  release(): Promise<void>;
}

/** Where the classifier that ships with the model lies. */
export const designerClassifierFolder = join(emojiFolder, 'designer-classifier');

const batch = 16;

/** Opens a trained designer classifier: `config.json` and `model.safetensors`. */
export async function openDesignerClassifier(
  folder = designerClassifierFolder,
  options: SessionOptions = {},
): Promise<DesignerClassifier> {
  const { path, config, tensors } = await openPart(folder, designerConfigSchema);
  const size = config.image_size;
  const images = input('images', [batch, 3, size, size]);
  const probabilities = softmax(designerLogits(paramsOf(checkpointStore(tensors, path)), config, images));
  const session = await openSession(graph({ probabilities }), options);
  return {
    async classify(pictures) {
      const judgements: DesignerJudgement[] = [];
      for (let start = 0; start < pictures.length; start += batch) {
        const rows = pictures.slice(start, start + batch);
        const { probabilities: result } = await session.run({ images: stackInRange(rows, 3 * size * size) });
        rows.forEach((_, i) => {
          judgements.push(
            judgementOf([...(result?.data ?? [])].slice(i * designers.length, (i + 1) * designers.length).map(Number)),
          );
        });
      }
      return judgements;
    },
    release: () => session.release(),
  };
}

/** A whole batch, zeros after the last picture; what a decoder overshoots is cut as it is when a picture is saved. */
function stackInRange(rows: readonly Float32Array[], length: number): Float32Array {
  const stacked = new Float32Array(batch * length);
  rows.forEach((row, i) => {
    if (row.length !== length)
      throw new Error(`picture ${i} has ${row.length} numbers, expected (3, 64, 64) = ${length}. Resize it first.`);
    stacked.set(
      row.map((value) => Math.min(Math.max(value, -1), 1)),
      i * length,
    );
  });
  return stacked;
}

function judgementOf(probabilities: number[]): DesignerJudgement {
  const designer = designers[probabilities.indexOf(Math.max(...probabilities))];
  if (!designer) throw new Error('the classifier gave no number for a picture: it holds pixels that are not numbers.');
  return { designer, probabilities };
}

/** How many pictures the classifier assigns to the designer who drew them. */
export async function designerAccuracy(
  classifier: DesignerClassifier,
  pictures: readonly { readonly designer: Designer; readonly image: Float32Array }[],
): Promise<{ count: number; total: number }> {
  const judgements = await classifier.classify(pictures.map(({ image }) => image));
  return {
    count: pictures.filter(({ designer }, i) => judgements[i]?.designer === designer).length,
    total: pictures.length,
  };
}
