/** Numbers and times as they are written on every page. */

export const count = (n: number, one: string, many = `${one}s`): string => `${whole(n)} ${n === 1 ? one : many}`;

export const whole = (n: number): string => n.toLocaleString('en', { maximumFractionDigits: 0 });

/** Three significant digits. */
export const figure = (n: number): string =>
  n === 0
    ? '0'
    : Math.abs(n) >= 1e5 || Math.abs(n) < 1e-3
      ? n.toExponential(1)
      : n.toLocaleString('en', { maximumSignificantDigits: 3 });

export const percent = (share: number): string => `${Math.round(100 * share)} %`;

export function duration(seconds: number): string {
  if (seconds < 1) return `${Math.round(1000 * seconds)} ms`;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

export const when = (iso: string): string =>
  new Date(iso).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });

export function bytes(n: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, n)) / 3));
  return `${figure(n / 1000 ** power)} ${units[power]}`;
}
