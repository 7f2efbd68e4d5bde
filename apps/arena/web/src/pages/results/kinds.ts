/** What the outcomes of the record are called on the page. */
export const kindNames = {
  winner: 'One was chosen',
  ranking: 'Ranked',
  tie: 'Equally good',
  bothBad: 'Both bad',
  skip: 'Skipped',
  shares: 'Shares of votes',
  scores: 'Scores',
} as const satisfies Record<string, string>;

export type Kind = keyof typeof kindNames;

export const nameOfKind = (kind: string): string => (Object.hasOwn(kindNames, kind) ? kindNames[kind as Kind] : kind);
