import { decodeImage, type RgbImage } from '@bradley/formats';
import type { Interval } from '../intervals.js';
import { concurrently } from '../judge/concurrently.js';
import type { DpgPrompt } from '../prompt-sets/dpg-bench.js';
import { dpgScores, meanOf } from './dpg-rules.js';
import { promptInterval } from './prompt-interval.js';
import { promptPictures } from './prompt-pictures.js';

export interface DpgBenchOptions {
  /** A folder named by the ids of the prompts: see `promptPictures`. */
  readonly images: string;
  /** Whether a picture is four in a square, as DPG-Bench recommends. */
  readonly grid?: boolean;
  readonly prompts: readonly DpgPrompt[];
  /** Who looks: its name in the result, and what it says to a question about a picture. */
  readonly vqa: { readonly name: string; readonly answer: (image: RgbImage, question: string) => Promise<boolean> };
  /** Questions asked at once. */
  readonly concurrency?: number;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

export interface DpgBenchResult {
  readonly benchmark: "DPG-Bench, Bradley's variant";
  readonly vqa: string;
  /** 0 to 100, the mean over prompts, with its 95 % interval, a prompt being one trial. */
  readonly score: number;
  readonly interval: Interval;
  readonly images: number;
  readonly promptsWithoutImages: number;
  /** Answers of yes in a hundred, parents disregarded, over all pictures, by category as 'entity' and 'entity - whole'. */
  readonly categories: Readonly<Record<string, { readonly score: number; readonly answers: number }>>;
  readonly prompts: readonly { readonly id: string; readonly score: number; readonly images: number }[];
}

/** DPG-Bench's score of pictures by its rules, over any model that answers questions about pictures. */
export async function scoreDpgBench(options: DpgBenchOptions): Promise<DpgBenchResult> {
  const { images, grid = false, prompts, vqa, concurrency = 1, onProgress, signal } = options;
  const pictures = await promptPictures(
    images,
    prompts.map(({ id }) => id),
  );
  const asked = prompts.filter(({ id }) => pictures.has(id));
  const categories = new Map<string, { yes: number; answers: number }>();
  const scored: { id: string; score: number; images: number }[] = [];
  for (const { id, questions } of asked) {
    const loaded = await Promise.all((pictures.get(id) as string[]).map((file) => decodeImage(file)));
    const seen = grid ? loaded.flatMap(quarters) : loaded;
    const tasks = seen.flatMap((image) => questions.map(({ question }) => ({ image, question })));
    const answers = await concurrently(tasks, concurrency, ({ image, question }) => {
      signal?.throwIfAborted();
      return vqa.answer(image, question);
    });
    const scores = seen.map((_, i) =>
      meanOf(dpgScores(questions, answers.slice(i * questions.length, (i + 1) * questions.length))),
    );
    for (const [i, answer] of answers.entries()) {
      const { category, detailedCategory } = questions[i % questions.length] as (typeof questions)[number];
      for (const name of new Set([category, detailedCategory])) {
        const { yes, answers } = categories.get(name) ?? { yes: 0, answers: 0 };
        categories.set(name, { yes: yes + (answer ? 1 : 0), answers: answers + 1 });
      }
    }
    scored.push({ id, score: 100 * meanOf(scores), images: seen.length });
    onProgress?.(scored.length, asked.length);
  }
  const { low, high } = promptInterval(scored.map(({ score }) => score / 100));
  return {
    benchmark: "DPG-Bench, Bradley's variant",
    vqa: vqa.name,
    score: meanOf(scored.map(({ score }) => score)),
    interval: { low: 100 * low, high: 100 * high },
    images: scored.reduce((sum, { images }) => sum + images, 0),
    promptsWithoutImages: prompts.length - asked.length,
    categories: Object.fromEntries(
      [...categories].sort().map(([name, { yes, answers }]) => [name, { score: (100 * yes) / answers, answers }]),
    ),
    prompts: scored,
  };
}

/** The four pictures of a 2 × 2 grid, in reading order. */
export function quarters({ width, height, data }: RgbImage): RgbImage[] {
  const [w, h] = [Math.floor(width / 2), Math.floor(height / 2)];
  if (w === 0 || h === 0)
    throw new Error(`a grid of four pictures has at least 2 × 2 pixels, found ${width} × ${height}.`);
  return [0, 1].flatMap((row) =>
    [0, 1].map((column) => {
      const part = new Uint8Array(3 * w * h);
      for (let y = 0; y < h; y++) {
        const from = 3 * ((row * h + y) * width + column * w);
        part.set(data.subarray(from, from + 3 * w), 3 * y * w);
      }
      return { width: w, height: h, data: part };
    }),
  );
}
