import { basename } from 'node:path';
import { isSnapshot, readSnapshot } from '../snapshots/read-snapshot.js';
import type { ComparisonSource } from '../source.js';
import { captionFiles } from './captions.js';
import { isArgilla, readArgilla } from './read-argilla.js';
import { isCsvOfRecords, readComparisonsCsv } from './read-csv.js';
import { folderSides, readFolder } from './read-folder.js';
import { isImageTable, readImageTable } from './read-image-table.js';
import { readComparisonsJsonl } from './read-jsonl.js';
import { isLabelStudio, readLabelStudio } from './read-label-studio.js';
import { isPickAPic, readPickAPic } from './read-pick-a-pic.js';
import { isTrl, readTrl } from './read-trl.js';
import { isVideoAlign, readVideoAlign } from './read-video-align.js';
import type { Fields } from './values.js';

export interface ComparisonReader {
  /** What it reads, for the error when there is nothing to read. */
  readonly reads: string;
  /** The endings of the files that it reads; none for one that reads a folder. */
  readonly endings: readonly string[];
  /** Whether a file with one of its endings and these fields is one of its own. */
  readonly takes: (fields: Fields) => boolean;
  readonly open: (path: string) => Promise<ComparisonSource> | ComparisonSource;
}

const inFiles = ['.parquet', '.json', '.jsonl', '.csv'] as const;

/** The formats a set of comparisons may have, by name. A file is read by the first row that takes it. A new format is a file and a row. */
export const comparisonReaders = {
  snapshot: {
    reads: 'a folder that was frozen from a store, with manifest.json and comparisons.parquet',
    endings: [],
    takes: () => false,
    open: readSnapshot,
  },
  folder: {
    reads: 'a folder with chosen/ and rejected/ that hold media of the same names',
    endings: [],
    takes: () => false,
    open: readFolder,
  },
  'pick-a-pic': {
    reads: "a .parquet file with Pick-a-Pic's columns, with images or without",
    endings: ['.parquet'],
    takes: (fields) => isPickAPic(new Set(fields.keys())),
    open: readPickAPic,
  },
  'video-align': {
    reads: 'a .csv file with path_A, path_B, prompt and labels VQ, MQ, TA or Overall',
    endings: ['.csv'],
    takes: isVideoAlign,
    open: readVideoAlign,
  },
  csv: {
    reads: 'a .csv file with prompt, media_0, media_1, … and outcome',
    endings: ['.csv'],
    takes: isCsvOfRecords,
    open: readComparisonsCsv,
  },
  'label-studio': {
    reads: "Label Studio's .json export of Pairwise or Ranker",
    endings: ['.json', '.jsonl'],
    takes: isLabelStudio,
    open: readLabelStudio,
  },
  argilla: {
    reads: "Argilla's records as .json, .jsonl or .parquet",
    endings: ['.json', '.jsonl', '.parquet'],
    takes: isArgilla,
    open: readArgilla,
  },
  table: {
    reads:
      'a .parquet, .json or .csv file with a prompt, pictures (chosen and rejected, image_1 and image_2, images, …) and a choice',
    endings: ['.parquet', '.json', '.csv'],
    takes: isImageTable,
    open: readImageTable,
  },
  trl: {
    reads: "texts in TRL's preference formats, as .jsonl, .json, .csv or .parquet",
    endings: inFiles,
    takes: isTrl,
    open: readTrl,
  },
  jsonl: {
    reads: 'a .jsonl file of comparison records, or of {"prompt", "chosen", "rejected"}',
    endings: ['.jsonl'],
    takes: () => true, // so that each line of a file that fits nothing says what it lacks
    open: readComparisonsJsonl,
  },
} as const satisfies Record<string, ComparisonReader>;

export type ComparisonFormat = keyof typeof comparisonReaders;
export const comparisonFormats = Object.keys(comparisonReaders) as [ComparisonFormat, ...ComparisonFormat[]];

/** The format of a folder that is one set as a whole, by its entries. */
export function formatOfFolder(entries: readonly string[]): 'snapshot' | 'folder' | undefined {
  if (isSnapshot(entries)) return 'snapshot';
  return folderSides.every((side) => entries.includes(side)) ? 'folder' : undefined;
}

export function isCaptionFile(path: string): boolean {
  return captionFiles.some((name) => name === basename(path));
}
