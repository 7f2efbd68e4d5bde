import { basename, dirname, extname } from 'node:path';
import { openParquet } from '@bradley/formats';
import { z } from 'zod';
import { mediaBeside } from '../media-address.js';
import { kindOfFile } from '../media-kinds.js';
import { outcomeOfPlaces, outcomeOfVotes, outcomeOfWord, plain } from '../outcome-words.js';
import type { Candidate, Outcome } from '../record.js';
import { type ComparisonSource, type Row, rowOf } from '../source.js';
import { suffixes, type TableLayout, tableColumns, tableLayout } from './image-columns.js';
import { embeddedMedia, rowGroups } from './parquet-rows.js';
import { type Fields, fieldsOf, readValues } from './values.js';

export function isImageTable(fields: Fields): boolean {
  return tableLayout(fields) !== undefined;
}

/**
 * A table with a prompt and pictures a row, in Parquet with the pictures embedded as the datasets library embeds them ({bytes, path}), or in
 * Parquet, JSON or CSV with their paths. Which columns are understood: `image-columns.ts`. The address of an embedded picture is
 * `row|column`, or `row|column|index` in a list. Holds a row group of what it reads in memory.
 */
export async function readImageTable(path: string): Promise<ComparisonSource> {
  const fields = await fieldsOf(path);
  const layout = tableLayout(fields);
  if (!layout) {
    throw new Error(
      `${path}: no prompt with pictures and a choice between them in ${[...fields.keys()].join(', ') || 'its rows'}. docs/data.md lists the columns that are understood.`,
    );
  }
  const parquet = extname(path).toLowerCase() === '.parquet' ? await openParquet(path) : undefined;
  const embedded = layout.media.every((name) => ['image', 'images'].includes(fields.get(name) ?? ''));
  const files = mediaBeside(dirname(path));
  return {
    path,
    format: `${extname(path).slice(1)} (table with ${layout.media.join(', ')})`,
    async *[Symbol.asyncIterator]() {
      for await (const row of readValues(path)) {
        if ('refused' in row) yield row;
        else
          for (const record of recordsOf(path, row, layout, embedded)) yield embedded ? record : files.checked(record);
      }
    },
    loadMedia: embedded && parquet ? embeddedMedia(rowGroups(parquet), layout.media) : files.load,
  };
}

type Values = Readonly<Record<string, unknown>>;

function recordsOf(
  path: string,
  { where, number, value }: { where: string; number: number; value: unknown },
  layout: TableLayout,
  embedded: boolean,
): Row[] {
  if (typeof value !== 'object' || value === null) return [{ where, refused: 'is no object', problem: 'bad-row' }];
  const values = value as Values;
  const candidates = embedded ? embeddedCandidates(number, values, layout) : pathCandidates(values, layout);
  if (typeof candidates === 'string') return [{ where, refused: candidates, problem: 'missing-file' }];
  const decided = Object.entries(outcomesOf(values, layout));
  const id = textIn(values, tableColumns.id) ?? `${basename(path)}:${number}`;
  return decided.map(([question, outcome]) => {
    if (typeof outcome === 'string') return { where, refused: `${question}: ${outcome}`, problem: 'bad-outcome' };
    return rowOf(where, {
      id: question === 'overall' ? id : `${id}:${question}`,
      prompt: textIn(values, tableColumns.prompt),
      candidates: withModels(values, candidates, layout),
      outcome,
      question: question === 'overall' && typeof values.question === 'string' ? values.question : question,
      ...optional('rater', textIn(values, tableColumns.rater)),
      ...optional('session', textIn(values, ['session'])),
      ...optional('at', timeIn(values)),
      ...optional('milliseconds', values.milliseconds),
    });
  });
}

/** The number of pictures in a list is not known before they are read; the lists beside it have as many. */
function embeddedCandidates(row: number, values: Values, { media, list, decision }: TableLayout): Candidate[] | string {
  if (!list) return media.map((column) => ({ media: `${row}|${column}` }));
  const beside = ['places', 'votes', 'models'] as const;
  const columns = decision.by === 'lists' ? { ...decision, models: 'models' } : undefined;
  const lists = beside.map((name) => values[columns?.[name] ?? '']);
  const count = lists.find((items) => Array.isArray(items))?.length;
  if (count === undefined) return `nothing says how many ${media[0]} there are: no votes, ranks or models`;
  return Array.from({ length: count }, (_, index) => ({ media: `${row}|${media[0]}|${index}` }));
}

function pathCandidates(values: Values, { media, list }: TableLayout): Candidate[] | string {
  const paths = list ? values[media[0] ?? ''] : media.map((column) => values[column]);
  const { data } = z.array(z.string().min(1)).safeParse(paths);
  if (!data) return `${media.join(', ')}: expected paths`;
  return data.map((file) => ({ media: file.replace(/^\.\//, ''), ...kindOfFile(file) }));
}

function withModels(values: Values, candidates: readonly Candidate[], { models, list }: TableLayout): Candidate[] {
  const names = list ? values[models[0] ?? ''] : models.map((column) => values[column]);
  return candidates.map((candidate, index) => {
    const model = Array.isArray(names) ? names[index] : undefined;
    return typeof model === 'string' && model !== '' ? { ...candidate, model } : candidate;
  });
}

/** By question: the outcome, or why there is none. */
function outcomesOf(values: Values, { media, decision }: TableLayout): Record<string, Outcome | string> {
  switch (decision.by) {
    case 'names':
      return { overall: { kind: 'winner', index: 0 } };
    case 'votes':
      return Object.fromEntries(
        Object.entries(decision.questions).map(([question, columns]) => [
          question,
          votesIn(columns.map((name) => values[name])),
        ]),
      );
    case 'share': {
      const share = numberOf(values[decision.column]);
      return {
        overall: share === undefined || share > 1 ? `${decision.column} is no share` : votesIn([share, 1 - share]),
      };
    }
    case 'lists': {
      const [places, votes] = [values[decision.places ?? ''], values[decision.votes ?? '']];
      if (Array.isArray(places)) return { overall: placesIn(places) };
      return { overall: Array.isArray(votes) ? votesIn(votes) : { kind: 'skip' } };
    }
    case 'choice':
      return {
        overall:
          choiceOf(values[decision.column], media) ??
          `${decision.column}: ${JSON.stringify(String(values[decision.column]).slice(0, 80))} names neither ${media.join(' nor ')}`,
      };
  }
}

function votesIn(cells: readonly unknown[]): Outcome | string {
  const votes = cells.flatMap((cell) => numberOf(cell) ?? []);
  return votes.length < cells.length ? 'votes that are no numbers' : outcomeOfVotes(votes);
}

function placesIn(cells: readonly unknown[]): Outcome | string {
  const places = cells.flatMap((cell) => numberOf(cell) ?? []);
  return places.length < cells.length ? 'ranks that are no numbers' : outcomeOfPlaces(places);
}

/** A choice by the column's name, or by what tells the two names apart; 1 and −1 stand for the first and the second. */
function choiceOf(cell: unknown, media: readonly string[]): Outcome | undefined {
  const text = plain(
    typeof cell === 'bigint' ? String(cell) : typeof cell === 'number' || typeof cell === 'string' ? String(cell) : '',
  );
  if (String(cell) === '-1') return { kind: 'winner', index: 1 };
  if (text === '1' && media.every((name) => !/\d/.test(name))) return { kind: 'winner', index: 0 };
  const index = [media, suffixes(media)]
    .map((names) => names.findIndex((name) => plain(name) === text))
    .find((at) => at !== -1);
  return index === undefined ? outcomeOfWord(text) : { kind: 'winner', index };
}

function numberOf(cell: unknown): number | undefined {
  const number = typeof cell === 'string' && cell.trim() !== '' ? Number(cell) : cell;
  if (typeof number === 'bigint') return Number(number);
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

function textIn(values: Values, names: readonly string[]): string | undefined {
  const cell = names.map((name) => values[name]).find((value) => value !== undefined && value !== null && value !== '');
  return ['string', 'number', 'bigint'].includes(typeof cell) ? String(cell) : undefined;
}

/** A time that the record can hold; others are left out, since tables have times of every form. */
function timeIn(values: Values): string | undefined {
  const cell = tableColumns.at.map((name) => values[name]).find((value) => value !== undefined && value !== null);
  if (cell instanceof Date) return cell.toISOString();
  return z.iso.datetime({ offset: true }).safeParse(cell).data;
}

function optional<Name extends string>(name: Name, value: unknown): { [key in Name]?: unknown } {
  return value === undefined || value === null ? {} : ({ [name]: value } as { [key in Name]?: unknown });
}
