import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Comparison, type ComparisonSource, openComparisons } from '@bradley/preferences';
import type { Drawer } from './drawing/open-drawer.js';
import { fitLookPreference, type LookChoice, type LookPreference, logOdds } from './look-preference.js';
import { planPair } from './plan-pair.js';
import { promptsToCarryTo } from './prompts-to-start.js';

export interface CarryOverOptions {
  /** The choices: what `data.path` of a run may be. */
  readonly data: string;
  /** A folder to write to, which is made: `comparisons.jsonl` and `media/`. */
  readonly output: string;
  readonly drawer: Pick<Drawer, 'draw' | 'unknownWords'>;
  readonly steps: number;
  readonly guidance: number;
  /** Pairs to draw besides, at most. Default 120. */
  readonly pairs?: number;
  /** Told of pairs that have been drawn. */
  readonly onPair?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

export interface CarriedOver {
  /** The file to train on. */
  readonly data: string;
  /** Records that were copied. */
  readonly choices: number;
  /** Pairs that were drawn besides. */
  readonly carried: number;
  /** What the person was taken to like. */
  readonly preference: LookPreference;
}

/** The seeds of what is drawn here begin here, so that they are nobody's. */
const firstSeed = 1_000_000_000;

/** The log odds from which on a pair is one that the person would choose from as estimated: 73 in 100. */
const sure = 1;

/** Small, so that others may have something drawn between. */
const pairsARequest = 4;

/** Looks are planned for so many pairs to find enough that are sure; where there are fewer, fewer are drawn. */
const planned = 1000;

/**
 * A set to train on: the choices of a person, and pairs of other prompts that were labelled with what his choices say of looks, by a
 * Bradley–Terry model of them (`fitLookPreference`). Thirty choices alone teach their thirty prompts more than the taste (docs/taste.md).
 * What is drawn here is training data, and no comparison that anybody made: it is never to be kept as one. A record counts as a choice
 * between two looks where its two candidates, in their order, have one seed and no adapter; all are copied. Where the choices say
 * nothing of looks, nothing is drawn.
 */
export async function carryOver(options: CarryOverOptions): Promise<CarriedOver> {
  const { data, output, drawer, steps, guidance, pairs: wanted = 120, onPair, signal } = options;
  const media = join(output, 'media');
  await mkdir(media, { recursive: true });
  const keep = async (bytes: Uint8Array): Promise<string> => {
    const sha = createHash('sha256').update(bytes).digest('hex');
    await writeFile(join(media, `${sha}.png`), bytes);
    return sha;
  };
  const source = await openComparisons(data);
  const records: Comparison[] = [];
  for await (const row of source) if ('record' in row) records.push(await copied(row.record, source, keep));

  const preference = fitLookPreference(records.flatMap(lookChoices));
  const known = new Set(records.map(({ prompt }) => prompt));
  const others = (await promptsToCarryTo()).filter(
    (prompt) => !known.has(prompt) && drawer.unknownWords(prompt).length === 0,
  );
  const plans = Array.from({ length: others.length > 0 ? planned : 0 }, (_, i) =>
    planPair(others[i % others.length] as string, firstSeed + i),
  );
  const pairs = plans.filter(({ looks: [a, b] }) => Math.abs(logOdds(preference, a, b)) > sure).slice(0, wanted);
  const carried: Comparison[] = [];
  for (let start = 0; start < pairs.length; start += pairsARequest) {
    const some = pairs.slice(start, start + pairsARequest);
    const drawn: Uint8Array[] = [];
    const request = {
      prompts: some.flatMap(({ prompt }) => [prompt, prompt]),
      seeds: some.flatMap(({ seed }) => [seed, seed]),
      looks: some.flatMap(({ looks }) => looks),
      steps,
      guidance,
    };
    await drawer.draw(request, ({ png }) => drawn.push(png), signal);
    for (const [i, { prompt, seed, looks }] of some.entries()) {
      const candidates: Comparison['candidates'] = [];
      for (const png of drawn.slice(2 * i, 2 * i + 2))
        candidates.push({ media: await keep(png), seed, steps, guidance });
      const outcome = { kind: 'winner', index: logOdds(preference, ...looks) > 0 ? 0 : 1 } as const;
      const id = `carried-${carried.length}`;
      carried.push({ id, prompt, candidates, outcome, question: 'overall', rater: 'look-preference' });
    }
    onPair?.(carried.length, pairs.length);
  }
  const file = join(output, 'comparisons.jsonl');
  await writeFile(file, [...records, ...carried].map((record) => `${JSON.stringify(record)}\n`).join(''));
  return { data: file, choices: records.length, carried: carried.length, preference };
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
