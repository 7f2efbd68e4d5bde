import { mediaPlacer } from './media-beside.js';
import { jsonLines, writeTexts } from './text-file.js';
import { type ComparisonWriter, converted, counting } from './writer.js';

/** A record a line, with media by sha256 in `media/` beside the file. Loses only where the media came from. */
export const jsonlWriter: ComparisonWriter = {
  writes: 'a .jsonl file of records, with media beside it',
  ending: '.jsonl',
  async write(path, input) {
    const place = mediaPlacer(path, input);
    const records = converted(input, async (record) => {
      const candidates = [];
      for (const candidate of record.candidates) {
        const { address, sha256 } = await place(candidate);
        candidates.push({ ...candidate, media: sha256 ?? address });
      }
      return { ...record, candidates };
    });
    const counter = counting();
    await writeTexts(path, jsonLines(counter.through(records)));
    return counter.count;
  },
};
