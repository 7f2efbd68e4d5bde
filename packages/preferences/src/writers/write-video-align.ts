import { stringify } from 'csv-stringify/sync';
import { videoAlignQuestions } from '../readers/read-video-align.js';
import { mediaPlacer } from './media-beside.js';
import { writeTexts } from './text-file.js';
import { type ComparisonWriter, converted, notExpressible, outcomeIn, pairIn, requireKinds } from './writer.js';

const format = "VideoAlign's CSV";
const labels = Object.keys(videoAlignQuestions) as (keyof typeof videoAlignQuestions)[];
const columns = [
  'id',
  'path_A',
  'path_B',
  'A_model',
  'B_model',
  'prompt',
  ...labels,
  'rater',
  'fps_A',
  'num_frames_A',
  'fps_B',
  'num_frames_B',
];

interface Judged {
  /** What the rows of one pair have alike. */
  readonly pair: Readonly<Record<string, string>>;
  readonly column: string;
  readonly label: string;
}

/**
 * A pair of videos a row, with a label for each question: VQ, MQ, TA, overall. Records of the same pair that follow each other share a row, whose
 * id is the first one's. Frame rates and numbers of frames, which VideoAlign's training wants, are not in a record and stay empty.
 */
export const videoAlignWriter: ComparisonWriter = {
  writes: "a .csv file in VideoAlign's columns, with the videos beside it",
  ending: '.csv',
  async write(path, input) {
    const place = mediaPlacer(path, input);
    const judged = converted(input, async (record): Promise<Judged> => {
      const [a, b] = pairIn(record, format);
      requireKinds(record, format, ['video']);
      const outcome = outcomeIn(record, format, ['winner', 'tie', 'skip']);
      const column = labels.find((name) => videoAlignQuestions[name] === record.question);
      if (!column)
        throw notExpressible(
          `the question is '${record.question}'; ${format} holds ${Object.values(videoAlignQuestions).join(', ')}`,
        );
      const pair = {
        path_A: (await place(a)).address,
        path_B: (await place(b)).address,
        A_model: a.model ?? '',
        B_model: b.model ?? '',
        prompt: record.prompt,
        rater: record.rater ?? '',
        id: record.id.replace(new RegExp(`:${column}$`), ''),
      };
      return {
        pair,
        column,
        label: outcome.kind === 'winner' ? 'AB'.charAt(outcome.index) : outcome.kind === 'tie' ? 'same' : 'invalid',
      };
    });
    let count = 0;
    await writeTexts(
      path,
      rowsOf(judged, () => count++),
    );
    return count;
  },
};

async function* rowsOf(judged: AsyncIterable<Judged>, onRecord: () => void): AsyncGenerator<string, void> {
  yield line(columns);
  let row: Record<string, string> | undefined;
  for await (const { pair, column, label } of judged) {
    onRecord();
    const current = row;
    if (
      current &&
      current[column] === undefined &&
      Object.entries(pair).every(([name, cell]) => current[name] === cell)
    ) {
      current[column] = label;
      continue;
    }
    if (row) yield line(columns.map((name) => row?.[name] ?? ''));
    row = { ...pair, [column]: label };
  }
  if (row) yield line(columns.map((name) => row?.[name] ?? ''));
}

function line(cells: readonly string[]): string {
  return stringify([cells], { quoted_match: /\r/ });
}
