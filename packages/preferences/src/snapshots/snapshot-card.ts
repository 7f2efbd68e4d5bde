import { z } from 'zod';
import { comparisonsName, manifestName } from './manifest.js';
import type { SnapshotTally } from './snapshot-tally.js';

/** What was computed of a question's comparisons; whoever freezes passes it in, with counts and intervals. */
export interface QuestionInsight {
  /** Of the question. */
  readonly id: string;
  /** Krippendorff's alpha; `why` where there is none. */
  readonly alpha: {
    readonly value: number | null;
    readonly low: number | null;
    readonly high: number | null;
    /** Tasks that two or more raters answered. */
    readonly units: number;
    readonly why: string | null;
  };
  /** Choices won by what stood first on the screen, with its 95 % interval. */
  readonly first: { readonly count: number; readonly total: number; readonly low: number; readonly high: number };
}

/** What a project's settings say to readers of its data; all of them may be missing. */
export const cardSettingsSchema = z.object({
  questions: z.array(z.object({ id: z.string(), text: z.string() })).catch([]),
  instructions: z.string().catch(''),
  consent: z.string().catch(''),
  licence: z.string().catch(''),
  source: z.string().catch(''),
});

export interface CardInput {
  readonly project: string;
  readonly settings: z.infer<typeof cardSettingsSchema>;
  readonly tally: SnapshotTally;
  readonly media: { readonly count: number; readonly bytes: number };
  /** Raters of these comparisons who agreed to the consent text as it is now. */
  readonly consented: number;
  /** What was left out, in words. */
  readonly leftOut: string;
  readonly insight: readonly QuestionInsight[] | null;
}

/** The card of a snapshot: a README.md with the header of a Hugging Face dataset. It names no date of its own, so equal content gives equal cards. */
export function snapshotCard({ project, settings, tally, media, consented, leftOut, insight }: CardInput): string {
  const { comparisons, kinds, raters } = tally;
  const share = (part: number, of: number) => `${part} of ${of}${of > 0 ? ` (${percent(part / of)})` : ''}`;
  const decided = comparisons - (kinds.get('skip') ?? 0) - (kinds.get('bothBad') ?? 0);
  return [
    ...header(project, settings.licence, comparisons),
    `# ${oneLine(project)}`,
    '',
    `${comparisons} comparisons in \`${comparisonsName}\`, ${media.count} media files (${media.bytes} bytes) in \`media/\` under their sha256, and`,
    `the sha256 of every file in \`${manifestName}\`. Train on it with \`bradley train --data <this folder>\`.`,
    '',
    '| | |',
    '|---|---|',
    `| licence | ${cell(settings.licence) || 'not stated'} |`,
    `| source of the candidates | ${cell(settings.source) || 'not stated'} |`,
    `| recorded by | ${list(tally.origins)} |`,
    `| made | ${dates(tally)} |`,
    `| models | ${list(tally.models) || 'not stated'} |`,
    `| raters | ${raters.size}, under pseudonyms |`,
    `| corrected afterwards | ${share(tally.corrected, comparisons)} |`,
    `| left out | ${leftOut} |`,
    ...(tally.remote > 0
      ? [`| not in \`media/\` | ${tally.remote} candidates on the network: only their addresses are here |`]
      : []),
    '',
    '## Questions',
    '',
    '| id | asked as | comparisons |',
    '|---|---|---|',
    ...[...tally.questions]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(
        ([id, n]) =>
          `| ${cell(id)} | ${cell(settings.questions.find((one) => one.id === id)?.text ?? '') || 'not stated'} | ${n} |`,
      ),
    '',
    ...(settings.instructions === '' ? [] : ['What raters were told:', '', ...verbatim(settings.instructions), '']),
    '## Outcomes',
    '',
    `${list(kinds)}. Ties: ${share(kinds.get('tie') ?? 0, decided)} that were neither skipped nor called both bad.`,
    '',
    '## Agreement and bias',
    '',
    ...agreement(insight),
    '',
    '## Consent',
    '',
    ...(settings.consent === ''
      ? ['The project asks its raters for none. What raters of imported sets have agreed to is not known here.']
      : [
          `${share(consented, raters.size)} raters agreed to this text, word for word:`,
          '',
          ...verbatim(settings.consent),
        ]),
    '',
    'A rater whose data is deleted from the project later is still in this snapshot: delete its folder then.',
    '',
  ].join('\n');
}

/** Hugging Face knows licences by short names; another one is `other`. */
function header(project: string, licence: string, comparisons: number): string[] {
  const id = licence.trim().toLowerCase().replaceAll(' ', '-');
  const known = /^(apache-2\.0|mit|cc0-1\.0|cc-by(-nc)?(-sa|-nd)?-[234]\.0|odbl|openrail|unlicense)$/.test(id);
  const size = sizes.find(([most]) => comparisons < most)?.[1] ?? 'n>1M';
  return [
    '---',
    `pretty_name: ${JSON.stringify(oneLine(project))}`,
    ...(licence === ''
      ? []
      : known
        ? [`license: ${id}`]
        : ['license: other', `license_name: ${JSON.stringify(oneLine(licence))}`]),
    'tags: [preference, comparisons, bradley]',
    `size_categories: [${JSON.stringify(size)}]`,
    'configs:',
    '  - config_name: default',
    `    data_files: ${comparisonsName}`,
    '---',
    '',
  ];
}

const sizes: readonly (readonly [number, string])[] = [
  [1e3, 'n<1K'],
  [1e4, '1K<n<10K'],
  [1e5, '10K<n<100K'],
  [1e6, '100K<n<1M'],
];

function agreement(insight: readonly QuestionInsight[] | null): string[] {
  if (insight === null) return ['Not computed when this was frozen.'];
  return [
    "| question | Krippendorff's alpha (95 %) | tasks with two or more raters | won by what stood first (95 %) |",
    '|---|---|---|---|',
    ...insight.map(({ id, alpha: { value, low, high, units, why }, first }) => {
      const interval = low === null || high === null ? '' : ` (${low.toFixed(2)} to ${high.toFixed(2)})`;
      const alpha = value === null ? `none: ${cell(why ?? '')}` : `${value.toFixed(2)}${interval}`;
      const bias = `${first.count} of ${first.total} (${percent(first.low)} to ${percent(first.high)})`;
      return `| ${cell(id)} | ${alpha} | ${units} | ${bias} |`;
    }),
  ];
}

function dates({ first, last }: SnapshotTally): string {
  if (first === null || last === null) return 'not stated';
  return `${first.toISOString().slice(0, 10)} to ${last.toISOString().slice(0, 10)}`;
}

/** "winner 812, tie 64", the most first. */
function list(counts: ReadonlyMap<string, number>): string {
  const sorted = [...counts].toSorted(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  return sorted.map(([name, n]) => `${cell(name)} ${n}`).join(', ');
}

/** A text as it is, in a block that nothing in it can end. */
function verbatim(text: string): string[] {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return [`${fence}text`, text, fence];
}

const percent = (value: number) => `${(100 * value).toFixed(1)} %`;
const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim();
const cell = (text: string) => oneLine(text).replaceAll('|', '\\|').replaceAll('<', '&lt;');
