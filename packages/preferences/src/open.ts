import { readdir, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { captionFiles } from './readers/captions.js';
import { folderSides, readFolder } from './readers/read-folder.js';
import { readComparisonsJsonl } from './readers/read-jsonl.js';
import { readPickAPic } from './readers/read-pick-a-pic.js';
import type { ComparisonSource } from './source.js';

const captionNames: ReadonlySet<string> = new Set(captionFiles);

interface Reader {
  /** What it reads, for the error when there is nothing to read. */
  readonly reads: string;
  /** The ending of a file it reads, if it reads files. */
  readonly ending?: string;
  /** The paths of separate sets of its format in a folder with these entries. */
  readonly setsIn: (folder: string, entries: readonly string[]) => string[];
  readonly open: (path: string) => Promise<ComparisonSource> | ComparisonSource;
}

/** The formats a set of comparisons may have. A new one is a file and a row. */
const readers: readonly Reader[] = [
  {
    reads: 'a folder with chosen/ and rejected/ that hold images of the same names',
    setsIn: (folder, entries) => (folderSides.every((side) => entries.includes(side)) ? [folder] : []),
    open: readFolder,
  },
  {
    reads: 'a .jsonl file of comparison records, or of {"prompt", "chosen", "rejected"}',
    ending: '.jsonl',
    setsIn: (folder, entries) =>
      filesEnding('.jsonl', folder, entries).filter((file) => !captionNames.has(basename(file))),
    open: readComparisonsJsonl,
  },
  {
    reads: "a .parquet file with Pick-a-Pic's columns",
    ending: '.parquet',
    setsIn: (folder, entries) => filesEnding('.parquet', folder, entries),
    open: readPickAPic,
  },
];

/** Opens a set of comparisons by what is there; the error says what was looked for, or which sets there are to choose from. */
export async function openComparisons(path: string): Promise<ComparisonSource> {
  const stats = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new Error(
      `${path}: ${error.code === 'ENOENT' ? 'there is no such file or folder' : error.message}. ${lookedFor()}`,
    );
  });
  if (!stats.isDirectory()) {
    const reader = readers.find(({ ending }) => ending === extname(path).toLowerCase());
    if (reader) return reader.open(path);
    throw new Error(`${path}: not a file of comparisons that can be read here. ${lookedFor()}`);
  }
  const entries = (await readdir(path)).sort();
  const found = readers.flatMap(({ setsIn, open }) => setsIn(path, entries).map((set) => ({ set, open })));
  const [only, another] = found;
  if (!only)
    throw new Error(
      `${path}: no comparisons here; it has ${entries.slice(0, 12).join(', ') || 'nothing'}. ${lookedFor()}`,
    );
  if (another)
    throw new Error(
      `${path}: several sets of comparisons: ${found.map(({ set }) => set).join(', ')}. Name one of them.`,
    );
  return only.open(only.set);
}

function filesEnding(ending: string, folder: string, entries: readonly string[]): string[] {
  return entries.filter((entry) => extname(entry).toLowerCase() === ending).map((entry) => join(folder, entry));
}

function lookedFor(): string {
  return `Looked for ${readers.map(({ reads }) => reads).join(', for ')}.`;
}
