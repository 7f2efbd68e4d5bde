import { basename, dirname } from 'node:path';
import { z } from 'zod';
import { mediaBeside } from '../media-address.js';
import { outcomeOfWord } from '../outcome-words.js';
import type { Candidate, Outcome } from '../record.js';
import { detailsSchema, withDetails } from '../record-details.js';
import { type ComparisonSource, type Problem, type Row, refused, rowOf } from '../source.js';
import { candidateNames, candidateOf, promptOf } from './candidate-fields.js';
import { type Fields, readValues } from './values.js';

const name = z.union([z.string(), z.number()]).transform(String);
const resultSchema = z.looseObject({
  type: z.string(),
  to_name: z.string().nullish(),
  value: z.looseObject({
    selected: z.string().nullish().catch(null),
    choices: z.array(z.string()).nullish(),
    ranker: z.union([z.array(name), z.record(z.string(), z.array(name))]).nullish(),
  }),
});
const annotationSchema = z.looseObject({
  id: name.nullish(),
  completed_by: z.union([name, z.looseObject({ id: name.nullish(), email: z.string().nullish() })]).nullish(),
  result: z.array(resultSchema),
  was_cancelled: z.boolean().nullish(),
  created_at: z.string().nullish(),
  lead_time: z.number().nullish(),
});
const itemSchema = z.looseObject({
  id: name,
  media: z.string().nullish(),
  image: z.string().nullish(),
  body: z.string().nullish(),
});
const taskSchema = z.looseObject({
  id: name.nullish(),
  data: z.record(z.string(), z.unknown()),
  annotations: z.array(annotationSchema),
  meta: z.looseObject({ bradley: detailsSchema.optional() }).nullish().catch(undefined),
});
type Task = z.infer<typeof taskSchema>;
type Annotation = z.infer<typeof annotationSchema>;

export function isLabelStudio(fields: Fields): boolean {
  return fields.get('data') === 'object' && fields.get('annotations') === 'list';
}

/**
 * Label Studio's JSON export (labelstud.io/guide/task_format, tags Pairwise and Ranker): tasks of which `data` holds a prompt and the candidates,
 * as image1 and image2, text1 and text2, answer_a and answer_b, …, or as a list of {id, body | image} for the Ranker. Each annotation is a
 * record: `selected` left or right of a Pairwise, the order of a Ranker, or a Choices result that says tie, both bad or skip; a cancelled one is
 * a `skip`. `/data/local-files/?d=…` is a path inside the file's folder; what lies on the server (`/data/upload/…`) is refused as `not-local`.
 */
export function readLabelStudio(path: string): ComparisonSource {
  const media = mediaBeside(dirname(path));
  return {
    path,
    format: 'json (Label Studio)',
    async *[Symbol.asyncIterator]() {
      for await (const row of readValues(path)) {
        if ('refused' in row) yield row;
        else for (const record of recordsOfTask(row.where, row.value)) yield media.checked(record);
      }
    },
    loadMedia: media.load,
  };
}

function recordsOfTask(where: string, value: unknown): Row[] {
  const { data: task, error } = taskSchema.safeParse(value);
  if (!task) return [refused(where, error.issues)];
  if (task.annotations.length === 0) return [fault(where, 'bad-outcome', 'the task has no annotation yet')];
  return task.annotations.map((annotation, index) =>
    recordOf(where, `${task.id ?? basename(where)}:${annotation.id ?? index}`, task, annotation),
  );
}

function recordOf(where: string, id: string, { data, meta, annotations }: Task, annotation: Annotation): Row {
  const shown = candidatesIn(data, annotation);
  if (shown.length < 2) {
    return fault(
      where,
      'bad-record',
      `no candidates in ${Object.keys(data).join(', ') || 'no data'}: expected image1 and image2, text1 and text2, …, or items`,
    );
  }
  const candidates = shown.map(({ candidate }) => ({ ...candidate, media: localPath(candidate.media) }));
  const onServer = candidates.find(({ media, kind }) => kind !== 'text' && media.startsWith('/data/'));
  if (onServer) {
    return fault(
      where,
      'not-local',
      `${onServer.media.slice(0, 200)} lies on the Label Studio server: put the files beside the export and name them by path`,
    );
  }
  const outcome = outcomeOf(
    annotation,
    shown.map(({ name }) => name),
  );
  if (typeof outcome === 'string') return fault(where, 'bad-outcome', outcome);
  const known = {
    prompt: promptOf(
      data,
      shown.map(({ name }) => name),
    ),
    candidates,
    outcome,
  };
  const ours = annotations.length === 1 ? meta?.bradley : undefined;
  return rowOf(where, withDetails(ours ?? { id, ...detailsOfAnnotation(annotation) }, known));
}

interface Shown {
  /** The field's name, or the item's id. */
  readonly name: string;
  readonly candidate: Candidate;
}

/** The candidates of a task: the items of a list for a Ranker, else fields, in the order in which the annotation names them. */
function candidatesIn(data: Task['data'], { result }: Annotation): Shown[] {
  const { data: items } = z
    .array(z.array(itemSchema))
    .safeParse(Object.values(data).filter((field) => Array.isArray(field)));
  const list = items?.find((each) => each.length >= 2);
  if (list && (candidateNames(data).length < 2 || result.some(({ type }) => type === 'ranker'))) {
    return list.flatMap(({ id, media, image, body }) => {
      const file = media ?? image;
      if (file) return [{ name: id, candidate: candidateOf('', file) }].map(withFile);
      return body ? [{ name: id, candidate: { media: body, kind: 'text' as const } }] : [];
    });
  }
  const named =
    result
      .find(({ type }) => type === 'pairwise')
      ?.to_name?.split(',')
      .map((each) => each.trim()) ?? [];
  const names =
    named.length === 2 && named.every((each) => typeof data[each] === 'string') ? named : candidateNames(data);
  return names.map((each) => ({ name: each, candidate: candidateOf(each, String(data[each])) }));
}

/** An item that is named as a file is one, whatever its address looks like. */
const withFile = ({ name, candidate: { media, kind } }: Shown): Shown => ({
  name,
  candidate: { media, ...(kind && kind !== 'text' && { kind }) },
});

function outcomeOf({ result, was_cancelled }: Annotation, names: readonly string[]): Outcome | string {
  if (was_cancelled) return { kind: 'skip' };
  for (const { type, value } of result) {
    const side = type === 'pairwise' ? ['left', 'right'].indexOf(value.selected ?? '') : -1;
    if (side !== -1) return { kind: 'winner', index: side };
    const order = type === 'ranker' ? rankedIn(value.ranker) : undefined;
    if (order) return { kind: 'ranking', order: order.map((each) => names.indexOf(each)) };
    const word = (value.choices ?? []).map(outcomeOfWord).find((outcome) => outcome !== undefined);
    if (word) return word;
  }
  return 'no result of Pairwise (left or right), Ranker (one list with every item) or Choices (tie, both bad, skip)';
}

/** The one list of a Ranker; items sorted into several buckets are in no order. */
function rankedIn(ranker: string[] | Record<string, string[]> | null | undefined): string[] | undefined {
  if (!ranker || Array.isArray(ranker)) return ranker ?? undefined;
  const [only, another] = Object.values(ranker).filter((ids) => ids.length > 0);
  return another ? undefined : only;
}

function detailsOfAnnotation({ completed_by, created_at, lead_time }: Annotation) {
  const rater = typeof completed_by === 'object' ? (completed_by?.email ?? completed_by?.id) : completed_by;
  const at = z.iso.datetime({ offset: true }).safeParse(created_at).data;
  return {
    ...(rater && { rater }),
    ...(at && { at }),
    ...(lead_time && lead_time > 0 && { milliseconds: Math.round(1000 * lead_time) }),
  };
}

/** The path in an address of Label Studio's local storage; any other address as it is. */
function localPath(address: string): string {
  const query = /^\/data\/local-files\/\?d=(.+)$/.exec(address)?.[1];
  if (query === undefined) return address.replace(/^\.\//, '');
  try {
    return decodeURIComponent(query);
  } catch {
    return query;
  }
}

function fault(where: string, problem: Problem, reason: string): Row {
  return { where, refused: reason, problem };
}
