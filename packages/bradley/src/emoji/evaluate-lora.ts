import { implicitMargins, type Proportion } from '@bradley/evaluate';
import { encodePng, fromModelRange } from '@bradley/formats';
import { type DiffusionModel, openImageSampler, type SampledImage, type SamplingAdapter } from '@bradley/models';
import { type Comparison, openComparisons, trainingPairs } from '@bradley/preferences';
import { contentCache, encodeGroups } from '@bradley/train';
import { openDesignerClassifier } from './designer-classifier.js';
import { type Category, type Designer, type EmojiName, readEmojiNames } from './names.js';
import { personaTaste } from './persona.js';
import { preferredDesignerBaseline } from './preferred-designer.js';

export interface CategoryFigure {
  readonly category: Category | 'all';
  readonly accuracy: Proportion;
  readonly baseline: Proportion;
  readonly shareBefore: Proportion;
  readonly shareAfter: Proportion;
}

/** What a LoRA learnt of the persona's taste, on prompts whose preferences nothing has seen. */
export interface EmojiEvaluation {
  readonly figures: readonly CategoryFigure[];
  /** The fixed order of designers that explains the training comparisons best: the baseline. */
  readonly order: readonly Designer[];
  readonly samples: readonly EmojiSample[];
}

export interface EmojiSample {
  readonly prompt: string;
  readonly category: Category;
  readonly seed: number;
  readonly wanted: Designer;
  readonly before: { readonly png: Uint8Array; readonly designer: Designer };
  readonly after: { readonly png: Uint8Array; readonly designer: Designer };
}

export interface EmojiEvaluationOptions {
  readonly trainComparisons: string;
  readonly heldOutComparisons: string;
  readonly cache: string;
  /** Held-out prompts to sample, at most; every category in turn. */
  readonly prompts: number;
  readonly seeds: readonly number[];
  readonly steps: number;
  readonly guidance: number;
  /** Draws of noise and timestep per comparison. */
  readonly draws: number;
  readonly threads?: number;
  readonly onProgress?: (what: string, done: number, total: number) => void;
}

/** Judges a LoRA of the emoji model: implicit accuracy against the persona's labels, and the designers of its pictures. */
export async function evaluateEmojiLora(
  folder: DiffusionModel,
  adapter: SamplingAdapter,
  options: EmojiEvaluationOptions,
): Promise<EmojiEvaluation> {
  const threads = options.threads ? { threads: options.threads } : {};
  const names = await readEmojiNames();
  const categoryOf = new Map(names.map(({ name, category }) => [name, category]));
  const category = (prompt: string): Category => {
    const found = categoryOf.get(prompt);
    if (!found) throw new Error(`the comparisons name "${prompt}", which is not among the emoji`);
    return found;
  };

  const training = await comparisonsOf(options.trainComparisons);
  const heldOut = await comparisonsOf(options.heldOutComparisons);
  const baseline = preferredDesignerBaseline(training.records, heldOut.records, names);
  const pairs = heldOut.records.flatMap((record) => trainingPairs(record));
  const dataset = await encodeGroups(folder, pairs, {
    loadMedia: (candidate) => heldOut.source.loadMedia(candidate),
    resolution: null,
    cache: contentCache(options.cache),
    ...threads,
  });
  const margins = await implicitMargins(folder, adapter, dataset, {
    draws: options.draws,
    ...threads,
    onProgress: (done, total) => options.onProgress?.('held-out comparisons', done, total),
  });
  const samples = await sampleBothWays(folder, adapter, heldOutNames(names, options.prompts), options);

  const figure = (of: Category | 'all'): CategoryFigure => {
    const inCategory = (prompt: string): boolean => of === 'all' || category(prompt) === of;
    const judged = pairs
      .map((pair, i) => ({ pair, right: (margins[i] as number) > 0 }))
      .filter(({ pair }) => inCategory(pair.prompt));
    const shown = samples.filter(({ prompt }) => inCategory(prompt));
    return {
      category: of,
      accuracy: proportion(judged, ({ right }) => right),
      baseline: of === 'all' ? baseline.heldout : baseline.heldoutByCategory[of],
      shareBefore: proportion(shown, ({ before, wanted }) => before.designer === wanted),
      shareAfter: proportion(shown, ({ after, wanted }) => after.designer === wanted),
    };
  };
  const categories = Object.keys(personaTaste) as Category[];
  return { figures: (['all', ...categories] as const).map(figure), order: baseline.order, samples };
}

async function comparisonsOf(path: string) {
  const source = await openComparisons(path);
  const records: Comparison[] = [];
  for await (const row of source) {
    if ('refused' in row) throw new Error(`${row.where}: ${row.refused}`);
    records.push(row.record);
  }
  return { source, records };
}

/** Held-out names, category by category in turn, so that each is shown alike. */
function heldOutNames(names: readonly EmojiName[], count: number): EmojiName[] {
  const held = names.filter(({ split }) => split === 'heldout');
  const groups = [...new Set(held.map(({ category }) => category))].map((of) =>
    held.filter(({ category }) => category === of),
  );
  const turns = Math.max(...groups.map((group) => group.length));
  const inTurn = Array.from({ length: turns }, (_, i) => groups.flatMap((group) => group[i] ?? []));
  return inTurn.flat().slice(0, count);
}

async function sampleBothWays(
  folder: DiffusionModel,
  adapter: SamplingAdapter,
  names: readonly EmojiName[],
  { seeds, steps, guidance, threads, onProgress }: EmojiEvaluationOptions,
): Promise<EmojiSample[]> {
  const session = threads ? { threads } : {};
  const sampler = await openImageSampler(folder, { adapter: adapter.config, batch: 8, ...session });
  const each = names.flatMap((name) => seeds.map((seed) => ({ name, seed })));
  const request = { prompts: each.map(({ name }) => name.name), seeds: each.map(({ seed }) => seed), steps, guidance };
  const total = 2 * each.length;
  const before = await sampler.sample({
    ...request,
    adapter: null,
    onImage: (done) => onProgress?.('pictures', done, total),
  });
  const after = await sampler.sample({
    ...request,
    adapter,
    onImage: (done) => onProgress?.('pictures', each.length + done, total),
  });
  await sampler.release();
  const classifier = await openDesignerClassifier();
  const judge = (images: readonly SampledImage[]) => classifier.classify(images.map(({ data }) => data));
  const [designersBefore, designersAfter] = [await judge(before), await judge(after)];
  await classifier.release();
  const shown = async (image: SampledImage | undefined, designer: Designer | undefined) => {
    if (!image || !designer) throw new Error('a picture is missing');
    return { png: await encodePng(fromModelRange(image.data), image.width, image.height), designer };
  };
  return Promise.all(
    each.map(async ({ name, seed }, i) => ({
      prompt: name.name,
      category: name.category,
      seed,
      wanted: personaTaste[name.category][0],
      before: await shown(before[i], designersBefore[i]?.designer),
      after: await shown(after[i], designersAfter[i]?.designer),
    })),
  );
}

function proportion<T>(of: readonly T[], holds: (item: T) => boolean): Proportion {
  return { count: of.filter(holds).length, total: of.length };
}
