import type { Outcome } from './record.js';

/** The outcome of a cell of ours: `0`, `tie`, `bothBad`, `skip`, `2>0>1`, `0.7|0.3`, or scores as a JSON object; undefined for anything else. */
export function outcomeFromText(text: string): Outcome | undefined {
  if (text === 'tie' || text === 'bothBad' || text === 'skip') return { kind: text };
  if (/^\d{1,9}$/.test(text)) return { kind: 'winner', index: Number(text) };
  if (/^\d{1,9}(>\d{1,9})+$/.test(text)) return { kind: 'ranking', order: text.split('>').map(Number) };
  if (text.includes('|'))
    return { kind: 'shares', p: text.split('|').map((share) => (share === '' ? Number.NaN : Number(share))) };
  if (!text.startsWith('{')) return undefined;
  try {
    return { kind: 'scores', by: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

export function textOfOutcome(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'winner':
      return String(outcome.index);
    case 'ranking':
      return outcome.order.join('>');
    case 'shares':
      return outcome.p.join('|');
    case 'scores':
      return JSON.stringify(outcome.by);
    default:
      return outcome.kind;
  }
}
