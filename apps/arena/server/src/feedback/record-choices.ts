import { createHash } from 'node:crypto';
import { type feedbackBatchSchema, type feedbackResultSchema, projectSettingsSchema } from '@bradley/arena-contract';
import { type ApiKeyRow, comparisonSchema, findProject, type NewComparison, nameRaters } from '@bradley/preferences';
import type { z } from 'zod';
import type { Arena } from '../context.js';
import { candidatesOf, type ToCandidate } from '../media/candidates.js';
import { notFound } from '../refusal.js';

type Choice = z.infer<typeof feedbackBatchSchema>['choices'][number];
type Results = z.infer<typeof feedbackResultSchema>;

/** Records what a product showed and what was chosen. Those that can be are in the database when this resolves. */
export async function recordChoices(arena: Arena, key: ApiKeyRow, choices: readonly Choice[]): Promise<Results> {
  const project = await findProject(arena.store, key.projectId);
  if (!project) throw notFound('The project');
  const { modality } = projectSettingsSchema.parse(project.settings);
  const files = choices.flatMap(({ shown }) => shown.flatMap(({ media }) => media ?? []));
  const toCandidate = await candidatesOf(arena, key.projectId, modality, files);
  const made = choices.map((choice) => comparisonOf(key, choice, toCandidate));
  const good = made.filter((one) => typeof one !== 'string');
  const raters = new Set(good.flatMap(({ record }) => record.rater ?? []));
  await nameRaters(arena.store, key.projectId, [...raters]);
  const recorded = await arena.recorder.record(good);
  let next = 0;
  const results = made.map((one, i): Results['results'][number] => {
    const id = choices[i]?.id ?? '';
    return typeof one === 'string'
      ? { id, status: 'refused', error: one }
      : { id, status: recorded[next++] ?? 'known' };
  });
  return { results };
}

/** The comparison of a choice, or what is wrong with it. */
function comparisonOf(key: ApiKeyRow, choice: Choice, toCandidate: ToCandidate): NewComparison | string {
  const { id, shown, rater, at, ...rest } = choice;
  const candidates: unknown[] = [];
  for (const { address, ...one } of shown) {
    if ([address, one.media, one.text].filter((given) => given !== undefined).length !== 1)
      return 'each of shown needs exactly one of text, media and address';
    const candidate = address === undefined ? toCandidate(one) : { ...one, media: address };
    if (typeof candidate === 'string') return candidate;
    candidates.push(candidate);
  }
  if (rater?.includes('@')) return 'rater is a pseudonym, never an e-mail address';
  const time = (at === undefined ? new Date() : new Date(at)).toISOString();
  // The first year of the database's calendar is 1, and the last of an ISO time without a sign 9999.
  if (!/^(?!0000)\d{4}-/.test(time)) return `at: ${at} is not in the years 1 to 9999`;
  const { data, error } = comparisonSchema.safeParse({
    ...rest,
    ...{ id: `product:${id}`, candidates, at: time },
    shown: shown.map((_, index) => index),
    ...(rater !== undefined && { rater: raterId(key.projectId, rater) }),
  });
  if (error) return error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  return { projectId: key.projectId, record: data, source: `key:${key.id}` };
}

/** A digest: the pseudonym itself is not kept. The same pseudonym is the same rater, whichever key logs it. */
const raterId = (projectId: string, rater: string): string =>
  createHash('sha256')
    .update(JSON.stringify([projectId, 'product', rater]))
    .digest('hex')
    .slice(0, 24);
