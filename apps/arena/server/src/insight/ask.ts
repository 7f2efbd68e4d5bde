import type { InsightRow } from '@bradley/preferences';
import type { InsightData } from './statistics-of.js';

/** What the thread that computes is asked for. Rows come first, a few at a time. */
export type Ask =
  | { readonly kind: 'ready' }
  | { readonly kind: 'rows'; readonly project: string; readonly rows: readonly InsightRow[]; readonly anew: boolean }
  | ({ readonly kind: 'statistics'; readonly project: string } & Omit<InsightData, 'rows'>)
  | { readonly kind: 'leaderboard' | 'posterior'; readonly project: string; readonly question: string };

/** What it tells, to the ask of that number. */
export type Told = { readonly number: number } & ({ readonly answer: unknown } | { readonly error: string });
