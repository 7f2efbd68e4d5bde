import { readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import {
  type ComparisonFormat,
  type ComparisonReader,
  comparisonReaders,
  formatOfFolder,
  isCaptionFile,
} from './readers/table.js';
import { fieldsOf, readValues } from './readers/values.js';
import type { ComparisonSource } from './source.js';
import { readTeachers } from './teachers.js';

const readers: readonly ComparisonReader[] = Object.values(comparisonReaders);

/** Endings that say enough; a .json or .csv in a folder may be anything, so it counts as a set only where some reader takes it. */
const ownEndings: readonly string[] = ['.jsonl', '.parquet'];

/**
 * Opens a set of comparisons by what is there, or as the format that is named; the error says what was looked for, or which sets there are
 * to choose from.
 */
export async function openComparisons(path: string, format?: ComparisonFormat): Promise<ComparisonSource> {
  const stats = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    throw new Error(
      `${path}: there is no such file or folder. Name a set of comparisons: a folder with chosen/ and rejected/, or a file in one of the formats of docs/data.md.`,
    );
  });
  const entries = stats.isDirectory() ? (await readdir(path)).sort() : undefined;
  if (!entries) return openFile(path, format);
  const whole = formatOfFolder(entries);
  if (whole && (format === undefined || format === whole)) return withTeachers(comparisonReaders[whole].open(path));
  const sets = [];
  for (const file of entries.map((entry) => join(path, entry))) if (await isSet(file)) sets.push(file);
  const [only, another] = sets;
  if (!only)
    throw new Error(
      `${path}: no comparisons here; it has ${entries.slice(0, 12).join(', ') || 'nothing'}. ${lookedFor()}`,
    );
  if (another) throw new Error(`${path}: several sets of comparisons: ${sets.join(', ')}. Name one of them.`);
  return openFile(only, format);
}

async function openFile(path: string, format: ComparisonFormat | undefined): Promise<ComparisonSource> {
  const mine = readersOf(path);
  if (mine.length === 0) throw new Error(`${path}: not a file of comparisons that can be read here. ${lookedFor()}`);
  if (format !== undefined) {
    const named: ComparisonReader = comparisonReaders[format];
    if (mine.includes(named)) return withTeachers(named.open(path));
    throw new Error(`${path}: cannot be read as ${format}, which is ${named.reads}.`);
  }
  const fields = await fieldsOf(path);
  const reader = mine.find(({ takes }) => takes(fields));
  if (reader) return withTeachers(reader.open(path));
  const found = [...fields.keys()].slice(0, 40).join(', ') || (await whyNothing(path));
  throw new Error(
    `${path}: no format of comparisons that is known here has these fields. It has ${found}. Looked for ${mine.map(({ reads }) => reads).join(', for ')}.`,
  );
}

/** With what is said beside the set of the scorers that made it, unless its reader knows. */
async function withTeachers(opening: Promise<ComparisonSource> | ComparisonSource): Promise<ComparisonSource> {
  const source = await opening;
  return { teachers: () => readTeachers(source.path), ...source };
}

/** Why a file has no fields, in the words of its first row's refusal, if it has one. */
async function whyNothing(path: string): Promise<string> {
  for await (const row of readValues(path))
    return 'refused' in row ? `none: ${row.refused}` : 'none: its rows are no objects';
  return 'none: it has no rows';
}

async function isSet(file: string): Promise<boolean> {
  const mine = readersOf(file);
  if (mine.length === 0 || isCaptionFile(file) || !(await stat(file)).isFile()) return false;
  if (ownEndings.includes(extname(file).toLowerCase())) return true;
  const fields = await fieldsOf(file).catch(() => undefined); // a file that no reader could open is no set
  return fields !== undefined && mine.some(({ takes }) => takes(fields));
}

function readersOf(path: string): ComparisonReader[] {
  return readers.filter(({ endings }) => endings.includes(extname(path).toLowerCase()));
}

function lookedFor(): string {
  return `Looked for ${readers.map(({ reads }) => reads).join(', for ')}.`;
}
