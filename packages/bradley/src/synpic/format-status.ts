import { duration } from '../cli/progress.js';
import type { SourceStatus, SynpicStatus } from './jobs.js';

/** Pieces of work: done, and all that is known of. A picture that is not made yet has its scores still to come. */
export function piecesOf({ sources }: SynpicStatus): {
  readonly done: number;
  readonly total: number;
  readonly failed: number;
} {
  const sum = (of: readonly SourceStatus[], ...keys: readonly ('done' | 'waiting' | 'active' | 'failed')[]) =>
    of.reduce((total, one) => total + keys.reduce((own, key) => own + one[key], 0), 0);
  const scorers = sources.filter(({ kind }) => kind === 'score').length;
  const unmade = sum(
    sources.filter(({ kind }) => kind === 'generate'),
    'waiting',
    'active',
  );
  return {
    done: sum(sources, 'done'),
    total: sum(sources, 'done', 'waiting', 'active', 'failed') + unmade * scorers,
    failed: sum(sources, 'failed'),
  };
}

/** Worker-hours so far, and what they cost. */
export function costOf({ sources, pricePerHour }: SynpicStatus): { readonly hours: number; readonly price: number } {
  const seconds = sources.reduce((sum, { wallSeconds, openingSeconds }) => sum + wallSeconds + openingSeconds, 0);
  return { hours: seconds / 3600, price: (seconds / 3600) * pricePerHour };
}

/** A table: what each generator and scorer has done, at what cost. */
export function formatStatus(status: SynpicStatus): string {
  const { plan, prompts, sources, failures, pricePerHour, pace } = status;
  const { done, total, failed } = piecesOf(status);
  const { hours, price } = costOf(status);
  const rows = sources.map((one) => {
    const each = (seconds: number) => (one.done > 0 ? `${number(seconds / one.done)} s` : '–');
    const worked = one.wallSeconds + one.openingSeconds;
    return [
      one.kind === 'generate' ? 'pictures' : 'scores',
      one.source,
      `${one.done}`,
      `${one.waiting + one.active}`,
      `${one.failed}`,
      each(one.wallSeconds),
      each(one.cpuSeconds),
      `${number(one.openingSeconds)} s`,
      pricePerHour > 0 && one.done > 0 ? number(((worked / 3600) * pricePerHour) / one.done) : '–',
    ];
  });
  const header = ['', 'by', 'done', 'left', 'failed', 'wall each', 'CPU each', 'opening', 'money each'];
  const widths = header.map((_, i) => Math.max(...[header, ...rows].map((row) => (row[i] ?? '').length)));
  const line = (row: readonly string[]) =>
    row.map((cell, i) => (i < 2 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  ');
  const pictures = sources.filter(({ kind }) => kind === 'generate').reduce((sum, one) => sum + one.done, 0);
  const perPicture = pictures > 0 && pricePerHour > 0 ? `, ${number(price / pictures)} a picture with its scores` : '';
  return [
    `${plan}: ${prompts} prompts, ${done} of ${total} pieces of work done${failed > 0 ? `, ${failed} given up` : ''}`,
    line(header),
    ...rows.map(line),
    `${duration(hours * 3600)} of work${pricePerHour > 0 ? `: ${number(price)} at ${pricePerHour} an hour${perPicture}` : ''}`,
    ...(pace.seconds > 0 ? [throughput(pace)] : []),
    ...failures.map(({ source, prompt, message }) => `given up: "${prompt}" by ${source}: ${message}`),
  ].join('\n');
}

/** What all workers together made in the time in which there was work. */
function throughput({ seconds, pictures, scores, workers }: SynpicStatus['pace']): string {
  const hourly = (n: number): string => `${Math.round((3600 * n) / seconds)}`;
  return (
    `${pictures} pictures and ${scores} scores in ${duration(seconds)} on the clock, by ${workers} ${workers === 1 ? 'worker' : 'workers'}: ` +
    `${hourly(pictures)} pictures and ${hourly(scores)} scores an hour`
  );
}

const number = (value: number): string => String(Number(value.toPrecision(3)));
