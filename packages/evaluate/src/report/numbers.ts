import { type Proportion, wilson } from '../intervals.js';
import { type Html, html } from './html.js';
import type { Shown } from './report.js';

/** A share as a percentage, with the digits that its total bears. */
export function percent(share: number, total: number): string {
  return (100 * share).toFixed(total >= 1000 ? 1 : 0);
}

/** "71 %", or "–" of nothing. */
export function shareText({ count, total }: Proportion): string {
  return total === 0 ? '–' : `${percent(count / total, total)} %`;
}

/** "142 of 200, 95 % interval 64–77 %": what a proportion is never shown without. */
export function evidenceText(proportion: Proportion): string {
  return `${proportion.count} of ${proportion.total}, 95 % interval ${intervalText(proportion)}`;
}

/** The 95 % Wilson interval: "64–77 %". */
export function intervalText(proportion: Proportion): string {
  const { low, high } = wilson(proportion);
  return `${percent(low, proportion.total)}–${percent(high, proportion.total)} %`;
}

/** A number with five significant digits at most, and thousands apart. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e9))
    return Number(value.toPrecision(3)).toExponential().replace('e+', 'e');
  return value.toLocaleString('en-US', Number.isInteger(value) ? {} : { maximumSignificantDigits: 5 });
}

export function shown(value: Shown): Html {
  switch (typeof value) {
    case 'object':
      return html`<span class="share">${shareText(value)}</span> <span class="evidence">${evidenceText(value)}</span>`;
    case 'number':
      return html`${numberText(value)}`;
    case 'boolean':
      return html`${value ? 'yes' : 'no'}`;
    case 'string':
      return html`${value}`;
  }
}
