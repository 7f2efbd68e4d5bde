import { projectSettingsSchema } from '@bradley/arena-contract';
import {
  type Candidate,
  type Comparison,
  calledAs,
  comparisonWriters,
  createProject,
  type FrozenSnapshot,
  freezeSnapshot,
  insertComparisons,
  joinRaters,
  type MediaStore,
  raterMarks,
  type Store,
  type SynpicResult,
  setWithdrawn,
  splitRaters,
  storedComparisons,
  storedTeachers,
  synpicResultsOf,
  teachersBehind,
  unnamedRater,
  withdrawComparisons,
  writeTeachers,
} from '@bradley/preferences';
import { jobId, kindOf, type Plan } from './plan.js';
import { generateItems, idOf, scoreItems } from './work-item.js';

export interface ExportCounts {
  /** Prompts with a record. */
  written: number;
  /** Prompts whose pictures or scores are not all there. */
  unfinished: number;
  /** Finished prompts of which every generator made the same picture. */
  alike: number;
}

const promptsAtOnce = 100;

/**
 * The rankings of a plan as comparison records, in the order of its prompts: a candidate for each generator, in the plan's order, and the raw
 * rewards of each scorer, from which any ensemble can be made. Generators that made the same picture are one candidate, the first. Two
 * exports of the same results are the same, byte for byte.
 *
 * @throws Error where a scorer was not the same for all pictures
 */
export async function* synpicRecords(
  store: Store,
  plan: Plan,
  counts: ExportCounts = { written: 0, unfinished: 0, alike: 0 },
): AsyncGenerator<Comparison, void> {
  const raters = new Map<string, string>();
  for (let from = 0; from < plan.prompts.length; from += promptsAtOnce) {
    const made = generateItems(plan, from, from + promptsAtOnce);
    const pictures = await synpicResultsOf(store, plan.name, made.map(idOf));
    const judged = made.flatMap((item) => {
      const media = pictures.get(idOf(item))?.media;
      return media ? scoreItems(plan, item, media) : [];
    });
    const scores = await synpicResultsOf(store, plan.name, judged.map(idOf));
    for (const score of scores.values()) requireOneRater(raters, score);
    for (let index = from; index < Math.min(from + promptsAtOnce, plan.prompts.length); index++) {
      const record = recordOf(plan, index, pictures, scores);
      if (record === 'unfinished' || record === 'alike') counts[record]++;
      else {
        counts.written++;
        yield record;
      }
    }
  }
}

function recordOf(
  plan: Plan,
  index: number,
  pictures: ReadonlyMap<string, SynpicResult>,
  scores: ReadonlyMap<string, SynpicResult>,
): Comparison | 'unfinished' | 'alike' {
  const candidates: Candidate[] = [];
  const by: Record<string, number[]> = Object.fromEntries(plan.scorers.map((spec) => [spec, []]));
  const raters = new Set<string>();
  for (const item of generateItems(plan, index, index + 1)) {
    const media = pictures.get(idOf(item))?.media;
    if (!media) return 'unfinished';
    if (candidates.some((one) => one.media === media)) continue;
    const kind = kindOf(item.generator);
    candidates.push({ media, ...kind.describe(item.generator.settings), ...(kind.given ? {} : { seed: item.seed }) });
    for (const job of scoreItems(plan, item, media)) {
      const result = scores.get(idOf(job));
      if (result?.score == null) return 'unfinished';
      by[job.source]?.push(result.score);
      raters.add(result.rater ?? unnamedRater);
    }
  }
  if (candidates.length < 2) return 'alike';
  const content = { prompt: plan.prompts[index] as string, candidates, outcome: { kind: 'scores' as const, by } };
  const id = `${plan.name}-${jobId({ kind: 'generate', content }).replaceAll('-', '')}`;
  return { id, ...content, question: 'overall', rater: joinRaters(raters) };
}

function requireOneRater(raters: Map<string, string>, { source, rater }: SynpicResult): void {
  if (rater === null) return;
  const before = raters.get(source);
  if (before !== undefined && identityIn(before) !== identityIn(rater))
    throw new Error(
      `${source} was not the same scorer for all pictures (${before} and ${rater}): its weights or settings changed on the way. Their scores ` +
        'cannot be compared: name the job anew, and start it again.',
    );
  raters.set(source, rater);
}

/** What all its scores depend on: a job that was begun before names had the weights too goes on. */
const identityIn = (rater: string): string => `${calledAs(rater)}@${raterMarks(rater)[0]}`;

/** Writes the records of a plan to a `.jsonl` file, with pictures beside it, and what its scorers had learnt from. */
export async function writeSynpic(
  store: Store,
  media: MediaStore,
  plan: Plan,
  path: string,
  counts: ExportCounts,
): Promise<string> {
  if (!path.endsWith('.jsonl')) throw new Error(`${path}: the records are written to a file that ends in .jsonl.`);
  const raters = new Set<string>();
  async function* records() {
    for await (const record of synpicRecords(store, plan, counts)) {
      for (const rater of splitRaters(record.rater ?? '')) raters.add(rater);
      yield record;
    }
  }
  await comparisonWriters.jsonl.write(path, {
    records: records(),
    async loadMedia({ media: sha256 }) {
      const bytes = await media.get(sha256);
      if (!bytes) throw new Error(`${sha256} is not in ${media.where}. Name the --media that the job was made with.`);
      return bytes;
    },
    onRefusal: ({ where, refused }) => {
      throw new Error(`${where}: ${refused}`);
    },
  });
  await writeTeachers(path, teachersBehind(raters, await storedTeachers(store)));
  return path;
}

/**
 * Puts the records of a plan into a project of the store, in place of what an earlier export put there, and freezes it: a snapshot that
 * training takes by name.
 */
export async function freezeSynpic(
  store: Store,
  media: MediaStore,
  plan: Plan,
  { name, folder }: { readonly name: string; readonly folder: string },
  counts: ExportCounts,
): Promise<FrozenSnapshot> {
  const projectId = `synpic-${plan.name}`;
  const makers = `generated by ${Object.keys(plan.generators).join(', ')}; scored by ${plan.scorers.join(', ')}`;
  const settings = projectSettingsSchema.parse({ source: makers, draw: false });
  await createProject(store, { id: projectId, name: `Syn-Pic ${plan.name}`, settings });
  const records: Comparison[] = [];
  const source = `synpic:${plan.name}`;
  const now = new Set<string>();
  const insert = async () =>
    insertComparisons(
      store,
      records.splice(0).map((record) => ({ projectId, record, source })),
    );
  for await (const record of synpicRecords(store, plan, counts)) {
    now.add(record.id);
    if (records.push(record) >= 500) await insert();
  }
  await insert();
  const old: string[] = [];
  for await (const { id, withdrawnAt } of storedComparisons(store, { projectId, filter: { withdrawn: true } })) {
    if (!now.has(id) && withdrawnAt === null) old.push(id);
    const edit = { projectId, id, actor: 'bradley synpic export', reason: 'part of the job again' };
    if (now.has(id) && withdrawnAt !== null) await setWithdrawn(store, edit, false);
  }
  if (old.length > 0) await withdrawComparisons(store, projectId, old);
  return freezeSnapshot(store, media, { projectId, name, folder });
}
