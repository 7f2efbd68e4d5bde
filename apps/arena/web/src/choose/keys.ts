/** What a key means while choosing. */
export type Command =
  | { readonly kind: 'choose'; readonly position: number }
  | { readonly kind: 'tie' | 'bothBad' | 'skip' | 'undo' | 'done' | 'zoom' | 'flicker' };

type Key = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>;

const choose = (position: number): Command => ({ kind: 'choose', position });

const always: Readonly<Record<string, Command>> = {
  s: { kind: 'skip' },
  u: { kind: 'undo' },
  z: { kind: 'zoom' },
  ' ': { kind: 'flicker' },
  x: { kind: 'flicker' },
  enter: { kind: 'done' },
};

const ofPairs: Readonly<Record<string, Command>> = {
  arrowleft: choose(0),
  f: choose(0),
  arrowright: choose(1),
  j: choose(1),
  arrowdown: { kind: 'tie' },
  t: { kind: 'tie' },
  b: { kind: 'bothBad' },
};

/** With more than two there is no middle between them, but all may be equal or bad. */
const ofRankings: Readonly<Record<string, Command>> = { t: { kind: 'tie' }, b: { kind: 'bothBad' } };

/** The command of a key among so many candidates, or null where it means nothing here. */
export function commandOf({ key, ctrlKey, metaKey, altKey, shiftKey }: Key, candidates: number): Command | null {
  const name = key.toLowerCase();
  if (ctrlKey || metaKey) return name === 'z' && !shiftKey && !altKey ? { kind: 'undo' } : null;
  if (altKey) return null;
  const digit = /^[1-8]$/.test(name) ? Number(name) : null;
  if (digit !== null) return digit <= candidates ? choose(digit - 1) : null;
  return (candidates === 2 ? ofPairs : ofRankings)[name] ?? always[name] ?? null;
}

/** For the legend: what is said, its keys as they are written, and where it holds. */
export interface LegendRow {
  readonly keys: readonly string[];
  readonly says: string;
  readonly for?: 'pair' | 'ranking';
  readonly needs?: 'allowTie' | 'allowBothBad' | 'allowSkip';
}
export const legend: readonly LegendRow[] = [
  { keys: ['←', '→'], says: 'choose', for: 'pair' },
  { keys: ['1', '2', '…'], says: 'best first', for: 'ranking' },
  { keys: ['Enter'], says: 'done', for: 'ranking' },
  { keys: ['↓'], says: 'tie', for: 'pair', needs: 'allowTie' },
  { keys: ['T'], says: 'all alike', for: 'ranking', needs: 'allowTie' },
  { keys: ['B'], says: 'both bad', for: 'pair', needs: 'allowBothBad' },
  { keys: ['B'], says: 'all bad', for: 'ranking', needs: 'allowBothBad' },
  { keys: ['S'], says: 'skip', needs: 'allowSkip' },
  { keys: ['U'], says: 'undo' },
];
