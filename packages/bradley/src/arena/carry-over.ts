import { createHash } from 'node:crypto';
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@bradley/formats';
import {
  type Comparison,
  type ComparisonSource,
  comparisonSchema,
  splitRaters,
  teachersBehind,
  writeTeachers,
} from '@bradley/preferences';
import { type Proceed, passOver } from '@bradley/train';
import type { Drawer } from './drawing/open-drawer.js';
import { fitLookPreference, type LookChoice, type LookPreference, logOdds } from './look-preference.js';
import { type PairPlan, planPair } from './plan-pair.js';
import { promptsToCarryTo } from './prompts-to-start.js';

/** What will be drawn besides the choices, and how it will be labelled. */
export interface CarryOverPlan {
  readonly choices: readonly Comparison[];
  /** What the person is taken to like. */
  readonly preference: LookPreference;
  readonly pairs: readonly PairPlan[];
}

export interface CarryOverOptions {
  /** A folder to write to, which is made: `comparisons.jsonl` and `media/`. What a killed process left in it is gone on with. */
  readonly output: string;
  readonly drawer: Pick<Drawer, 'draw'>;
  readonly steps: number;
  readonly guidance: number;
  /** Asked before each pair whether to go on. */
  readonly proceed?: Proceed;
}

/** The seeds of what is drawn here begin here, so that they are nobody's. */
const firstSeed = 1_000_000_000;

/** The log odds from which on a pair is one that the person would choose from as estimated: 73 in 100. */
const sure = 1;

/** Looks are planned for so many pairs to find enough that are sure; where there are fewer, fewer are drawn. */
const planned = 1000;

/**
 * Reads the choices of a person, and plans pairs of other prompts that can be labelled by what they say of looks, by a Bradley–Terry
 * model of them (`fitLookPreference`). Thirty choices alone teach their thirty prompts more than the taste (docs/taste.md). A record
 * counts as a choice between two looks where its two candidates, in their order, have one seed and no adapter. Where the choices say
 * nothing of looks, there are no pairs.
 *
 * @param pairs at most
 * @param unknownWords the words of a prompt that the model has never seen: such prompts are left out
 */
export async function planCarryOver(
  source: ComparisonSource,
  pairs: number,
  unknownWords: (prompt: string) => readonly string[],
): Promise<CarryOverPlan> {
  const choices: Comparison[] = [];
  for await (const row of source) if ('record' in row) choices.push(row.record);
  const preference = fitLookPreference(choices.flatMap(lookChoices));
  const known = new Set(choices.map(({ prompt }) => prompt));
  const others = (await promptsToCarryTo()).filter((prompt) => !known.has(prompt) && unknownWords(prompt).length === 0);
  const plans = Array.from({ length: others.length > 0 ? planned : 0 }, (_, i) =>
    planPair(others[i % others.length] as string, firstSeed + i),
  );
  const surely = plans.filter(({ looks: [a, b] }) => Math.abs(logOdds(preference, a, b)) > sure);
  return { choices, preference, pairs: surely.slice(0, pairs) };
}

/**
 * A set to train on: the choices, with what is said beside them of who had taught their scorers, and the planned pairs, drawn and labelled. What is drawn here is training data, and no comparison that
 * anybody made: it is never to be kept as one.
 *
 * @returns the file to train on, or null when `proceed` said stop
 */
export async function carryOver(
  source: ComparisonSource,
  { choices, preference, pairs }: CarryOverPlan,
  { output, drawer, steps, guidance, proceed }: CarryOverOptions,
): Promise<string | null> {
  const media = join(output, 'media');
  await mkdir(media, { recursive: true });
  const keep = async (bytes: Uint8Array): Promise<string> => {
    const sha = createHash('sha256').update(bytes).digest('hex');
    await writeFileAtomic(join(media, `${sha}.png`), bytes);
    return sha;
  };
  const carriedFile = join(output, 'carried.jsonl');
  const found = await readCarried(carriedFile);
  const carried = await passOver(pairs, proceed, async ({ prompt, seed, looks }, counted) => {
    const id = `carried-${prompt}-${seed}`;
    const before = found.get(id);
    if (before) return before;
    return counted(async () => {
      const candidates: Comparison['candidates'] = [];
      const drawn: Uint8Array[] = [];
      const request = { prompts: [prompt, prompt], seeds: [seed, seed], looks, steps, guidance };
      await drawer.draw(request, ({ png }) => drawn.push(png));
      for (const png of drawn) candidates.push({ media: await keep(png), seed, steps, guidance });
      const outcome = { kind: 'winner', index: logOdds(preference, ...looks) > 0 ? 0 : 1 } as const;
      const record = { id, prompt, candidates, outcome, question: 'overall', rater: 'look-preference' };
      await appendFile(carriedFile, `${JSON.stringify(record)}\n`);
      return record;
    })();
  });
  if (carried === null) return null;
  const records: Comparison[] = [];
  for (const record of choices) records.push(await copied(record, source, keep));
  const file = join(output, 'comparisons.jsonl');
  await writeFileAtomic(file, [...records, ...carried].map((record) => `${JSON.stringify(record)}\n`).join(''));
  const raters = choices.flatMap(({ rater }) => (rater === undefined ? [] : splitRaters(rater)));
  await writeTeachers(file, teachersBehind(raters, (await source.teachers?.()) ?? []));
  return file;
}

/** What a process that was killed has drawn; a last line that was cut off is drawn again. */
async function readCarried(file: string): Promise<Map<string, Comparison>> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole !== text) await writeFileAtomic(file, whole);
  const records = whole
    .split('\n')
    .filter(Boolean)
    .map((line) => comparisonSchema.parse(JSON.parse(line)));
  return new Map(records.map((record) => [record.id, record]));
}

/** A record whose pictures lie in the new folder. */
async function copied(
  record: Comparison,
  source: ComparisonSource,
  keep: (bytes: Uint8Array) => Promise<string>,
): Promise<Comparison> {
  const candidates: Comparison['candidates'] = [];
  for (const candidate of record.candidates)
    candidates.push({ ...candidate, media: await keep(await source.loadMedia(candidate)) });
  return { ...record, candidates };
}

/** What a record says of looks, if anything. */
function lookChoices({ prompt, candidates: [a, b, ...more], outcome }: Comparison): LookChoice[] {
  if (outcome.kind !== 'winner' || more.length > 0) return [];
  if (a?.seed === undefined || a.seed !== b?.seed || a.adapter || b.adapter) return [];
  const { looks } = planPair(prompt, a.seed);
  return [outcome.index === 0 ? looks : [looks[1], looks[0]]];
}
