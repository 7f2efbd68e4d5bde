import { sha256Of } from '../media-path.js';
import type { Comparison } from '../record.js';
import { detailsOf } from '../record-details.js';
import { mediaPlacer } from './media-beside.js';
import { jsonArray, writeTexts } from './text-file.js';
import { type ComparisonWriter, converted, counting, notExpressible, outcomeIn } from './writer.js';

const format = 'Argilla';

/** The stem of the fields that hold candidates of a kind. */
const stems = { image: 'image', text: 'response', audio: 'audio', video: 'video' } as const;

/**
 * Records as Argilla's `Dataset.records.from_json` takes them: fields prompt and image_1, image_2, … (response_ for texts), and one response: for a
 * label question the winner's field, `tie`, `both_bad` or `skip`; for a ranking question the fields, best first. The question's name is the
 * record's in lower case with `-` for other signs, and `-ranking` after it for rankings. Media lie in `media/` beside the file. What Argilla has
 * no place for is JSON in the metadata `bradley`.
 */
export const argillaWriter: ComparisonWriter = {
  writes: "a .json file of Argilla's records with responses, with media beside it",
  ending: '.json',
  async write(path, input) {
    const place = mediaPlacer(path, input);
    const records = converted(input, async (record) => {
      const value = answerOf(record);
      const stem = stems[record.candidates[0]?.kind ?? 'image'];
      if (record.candidates.some(({ kind }) => stems[kind ?? 'image'] !== stem))
        throw notExpressible('candidates of several kinds');
      const placed = [];
      for (const candidate of record.candidates) placed.push(await place(candidate));
      const fields = placed.map(({ address }, index) => [`${stem}_${index + 1}`, address]);
      return {
        id: record.id,
        fields: { prompt: record.prompt, ...Object.fromEntries(fields) },
        metadata: { bradley: JSON.stringify(detailsOf(record)) },
        suggestions: {},
        responses: { [questionOf(record)]: [{ value: value(stem), user_id: uuidOf(record.rater ?? '') }] },
        vectors: {},
        _server_id: null,
      };
    });
    const counter = counting();
    await writeTexts(path, jsonArray(counter.through(records)));
    return counter.count;
  },
};

function answerOf(record: Comparison): (stem: string) => string | string[] {
  const outcome = outcomeIn(record, format, ['winner', 'ranking', 'tie', 'bothBad', 'skip']);
  switch (outcome.kind) {
    case 'winner':
      return (stem) => `${stem}_${outcome.index + 1}`;
    case 'ranking':
      return (stem) => outcome.order.map((index) => `${stem}_${index + 1}`);
    case 'bothBad':
      return () => 'both_bad';
    default:
      return () => outcome.kind;
  }
}

function questionOf({ question, outcome }: Comparison): string {
  const name = question.toLowerCase().replace(/[^a-z0-9_-]+/g, '-');
  return `${/[a-z0-9]/.test(name) ? name : 'question'}${outcome.kind === 'ranking' ? '-ranking' : ''}`;
}

/** Argilla's users are UUIDs; a rater's is made from the name, the same each time. */
function uuidOf(rater: string): string {
  const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
  if (uuid.test(rater)) return rater;
  const hex = sha256Of(new TextEncoder().encode(rater));
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}
