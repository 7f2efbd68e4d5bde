import { basename, dirname } from 'node:path';
import { mediaBeside } from '../media-address.js';
import { outcomeOfWord, plain } from '../outcome-words.js';
import type { Outcome } from '../record.js';
import { type ComparisonSource, type Row, rowOf } from '../source.js';
import { readCsvRows } from './csv-rows.js';
import type { Fields } from './values.js';

/** The columns of labels, each with the question that it answers: visual quality, motion quality, text alignment. */
export const videoAlignQuestions = { VQ: 'VQ', MQ: 'MQ', TA: 'TA', Overall: 'overall' } as const;

export function isVideoAlign(fields: Fields): boolean {
  return (
    ['path_A', 'path_B', 'prompt'].every((name) => fields.has(name)) &&
    Object.keys(videoAlignQuestions).some((name) => fields.has(name))
  );
}

/**
 * A CSV file as VideoAlign trains VideoReward on (github.com/KwaiVGI/VideoAlign, datasets/train/README.md) and as VideoGen-RewardBench is
 * published: path_A, path_B, prompt, and for each of VQ, MQ, TA and Overall a label A, B or same. Each label is a record of its own, with the
 * column as its question (Overall: `overall`) and the id `<row>:<column>`, or `<id>:<column>` where there is a column id. `invalid` is a
 * `skip`, an empty cell no record. A_model and B_model are the models; frame rates, numbers of frames and mean scores are left alone.
 */
export function readVideoAlign(path: string): ComparisonSource {
  const media = mediaBeside(dirname(path));
  return {
    path,
    format: 'csv (VideoAlign)',
    async *[Symbol.asyncIterator]() {
      for await (const row of readCsvRows(path)) {
        if ('refused' in row) yield row;
        else
          for (const record of recordsOf(row.where, row.number, basename(path), row.value as Cells))
            yield media.checked(record);
      }
    },
    loadMedia: media.load,
  };
}

type Cells = Readonly<Record<string, string>>;

function recordsOf(where: string, number: number, file: string, cells: Cells): Row[] {
  const labels = Object.entries(videoAlignQuestions).filter(([column]) => cells[column] !== undefined);
  if (labels.length === 0)
    return [{ where, refused: `no label in ${Object.keys(videoAlignQuestions).join(', ')}`, problem: 'bad-outcome' }];
  return labels.map(([column, question]) => {
    const label = cells[column] ?? '';
    const outcome = outcomeOf(label);
    if (!outcome) {
      const refused = `${column}: expected A, B, same or invalid, found ${JSON.stringify(label.slice(0, 80))}`;
      return { where, refused, problem: 'bad-outcome' };
    }
    return rowOf(where, {
      id: `${cells.id ?? `${file}:${number}`}:${column}`,
      prompt: cells.prompt,
      candidates: (['A', 'B'] as const).map((side) => ({
        media: cells[`path_${side}`]?.replace(/^\.\//, ''),
        kind: 'video',
        ...(cells[`${side}_model`] && { model: cells[`${side}_model`] }),
      })),
      outcome,
      question,
      ...(cells.rater && { rater: cells.rater }),
    });
  });
}

function outcomeOf(label: string): Outcome | undefined {
  const side = ['a', 'b'].indexOf(plain(label));
  return side === -1 ? outcomeOfWord(label) : { kind: 'winner', index: side };
}
