import type { Candidate, Comparison } from '../record.js';
import { detailsOf } from '../record-details.js';
import { mediaPlacer } from './media-beside.js';
import { jsonArray, writeTexts } from './text-file.js';
import { type ComparisonWriter, converted, counting, notExpressible, outcomeIn } from './writer.js';

const format = 'Label Studio';

/**
 * Tasks with an annotation each, as Label Studio imports them (labelstud.io/guide/import): a pair with a winner as the result of a Pairwise named
 * `pairwise`, a ranking as that of a Ranker named `rank` over `items`, tie and bothBad as Choices named `verdict`, a skip as a cancelled
 * annotation. Media lie in `media/` beside the file, addressed as local files. What Label Studio has no place for is in `meta.bradley`.
 */
export const labelStudioWriter: ComparisonWriter = {
  writes: "a .json file of Label Studio's tasks with annotations, with media beside it",
  ending: '.json',
  async write(path, input) {
    const place = mediaPlacer(path, input);
    const tasks = converted(input, async (record) => {
      const outcome = outcomeIn(record, format, ['winner', 'ranking', 'tie', 'bothBad', 'skip']);
      if (outcome.kind === 'winner' && record.candidates.length > 2)
        throw notExpressible(`a winner of ${record.candidates.length} candidates; ${format} holds pairs and rankings`);
      const addresses = [];
      for (const candidate of record.candidates) addresses.push(localFile(candidate, (await place(candidate)).address));
      const data = outcome.kind === 'ranking' ? itemsOf(record, addresses) : fieldsOf(record, addresses);
      const annotation = {
        ...(record.at !== undefined && { created_at: record.at }),
        ...(record.milliseconds !== undefined && { lead_time: record.milliseconds / 1000 }),
        was_cancelled: outcome.kind === 'skip',
        result: resultOf(
          outcome,
          Object.keys(data).filter((name) => name !== 'prompt'),
        ),
      };
      return { data, meta: { bradley: detailsOf(record) }, annotations: [annotation] };
    });
    const counter = counting();
    await writeTexts(path, jsonArray(counter.through(tasks)));
    return counter.count;
  },
};

function fieldsOf({ prompt, candidates }: Comparison, addresses: readonly string[]): Record<string, unknown> {
  const stem = candidates[0]?.kind ?? 'image';
  if (candidates.some(({ kind }) => (kind ?? 'image') !== stem)) throw notExpressible('candidates of several kinds');
  return { prompt, ...Object.fromEntries(addresses.map((address, index) => [`${stem}${index + 1}`, address])) };
}

/** The items of a ranking: `body` or `html` is what Label Studio shows, `media` what a reader takes. */
function itemsOf({ prompt, candidates }: Comparison, addresses: readonly string[]): Record<string, unknown> {
  const items = candidates.map(({ kind }, index) => {
    const address = addresses[index] ?? '';
    const item = { id: String(index), title: `${kind ?? 'image'} ${index + 1}` };
    if (kind === 'text') return { ...item, body: address };
    const shown = address.replace(/[&"<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
    return {
      ...item,
      media: address,
      ...(kind ? { kind } : {}),
      html: `<${kind ?? 'img'} src="${shown}"${kind ? ' controls' : ''}>`,
    };
  });
  return { prompt, items };
}

function resultOf(
  outcome: Exclude<Comparison['outcome'], { kind: 'scores' | 'shares' }>,
  fields: readonly string[],
): object[] {
  const to_name = fields.join(',');
  switch (outcome.kind) {
    case 'winner':
      return [
        {
          from_name: 'pairwise',
          to_name,
          type: 'pairwise',
          value: { selected: outcome.index === 0 ? 'left' : 'right' },
        },
      ];
    case 'ranking':
      return [{ from_name: 'rank', to_name, type: 'ranker', value: { ranker: { rank: outcome.order.map(String) } } }];
    case 'skip':
      return [];
    default:
      return [
        {
          from_name: 'verdict',
          to_name,
          type: 'choices',
          value: { choices: [outcome.kind === 'tie' ? 'tie' : 'both bad'] },
        },
      ];
  }
}

function localFile({ kind }: Candidate, address: string): string {
  return kind === 'text' || !address.startsWith('media/')
    ? address
    : `/data/local-files/?d=${encodeURIComponent(address)}`;
}
