import type { MediaStore, Recorder, Store } from '@bradley/preferences';
import type { Insight } from './insight/insight.js';
import type { Accounts } from './people/accounts.js';
import type { MemberCache } from './security/member-cache.js';
import type { ArenaServices } from './services.js';
import type { VerdictDrawing } from './taste/verdict-drawing.js';
import type { Stock } from './voting/stock.js';
import type { Voting } from './voting/voting.js';

/** What every route works with. */
export interface Arena {
  readonly mode: 'local' | 'team';
  /** Where the arena keeps snapshots, uploads and its secret. */
  readonly folder: string;
  readonly store: Store;
  readonly recorder: Recorder;
  readonly media: MediaStore;
  readonly services: ArenaServices;
  /** 32 bytes, made once and kept in the folder: seals presentations and signs sessions. */
  readonly secret: Uint8Array;
  /** As people reach the server, for links and for the check of origins, such as http://127.0.0.1:4680. */
  readonly origin: string;
  /** Whether a reverse proxy stands before the server, whose X-Forwarded-For says who asks. */
  readonly behindProxy: boolean;
  /** Null in local mode, which has none. */
  readonly accounts: Accounts | null;
  readonly members: MemberCache;
  readonly voting: Voting;
  readonly insight: Insight;
  /** Draws pictures ahead of those who choose. */
  readonly stock: Stock;
  readonly verdicts: VerdictDrawing;
  /** Aborted when the server closes: whatever would go on for ever ends then. */
  readonly closing: AbortSignal;
  /** One line about something that went wrong here. */
  log(line: string): void;
  close(): Promise<void>;
}
