import { argillaWriter } from './write-argilla.js';
import { csvWriter } from './write-csv.js';
import { folderWriter } from './write-folder.js';
import { imageTableWriter } from './write-image-table.js';
import { jsonlWriter } from './write-jsonl.js';
import { labelStudioWriter } from './write-label-studio.js';
import { pickAPicAddressWriter, pickAPicWriter } from './write-pick-a-pic.js';
import { trlWriter } from './write-trl.js';
import { videoAlignWriter } from './write-video-align.js';
import type { ComparisonWriter } from './writer.js';

/** The formats that comparisons are written in, by name. A new one is a file and a row. */
export const comparisonWriters = {
  jsonl: jsonlWriter,
  folder: folderWriter,
  'pick-a-pic': pickAPicWriter,
  'pick-a-pic-addresses': pickAPicAddressWriter,
  csv: csvWriter,
  table: imageTableWriter,
  'label-studio': labelStudioWriter,
  argilla: argillaWriter,
  'video-align': videoAlignWriter,
  trl: trlWriter,
} as const satisfies Record<string, ComparisonWriter>;

export type WrittenFormat = keyof typeof comparisonWriters;
export const writtenFormats = Object.keys(comparisonWriters) as [WrittenFormat, ...WrittenFormat[]];
