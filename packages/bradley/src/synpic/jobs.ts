import type { Lease, LeaseName, SynpicKind, SynpicPace, Teacher } from '@bradley/preferences';
import type { WorkItem } from './work-item.js';

export type WorkLease = Lease<WorkItem>;

/** What a worker gets when it asks: work of one generator or scorer; nothing yet, as others have it all; or that there is no more. */
export type Taken =
  | { readonly kind: 'work'; readonly leases: readonly WorkLease[] }
  | { readonly kind: 'wait' }
  | { readonly kind: 'finished' };

/** What one piece of work cost. */
export interface Cost {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly openingSeconds: number;
}

export interface Finished extends Cost {
  readonly lease: WorkLease;
  /** A picture file, or a scorer's number with its name as a rater, and once in a while with what it had learnt from. */
  readonly result:
    | { readonly kind: 'generate'; readonly picture: Uint8Array }
    | {
        readonly kind: 'score';
        readonly score: number;
        readonly rater: string;
        readonly teachers?: Teacher[] | undefined;
      };
}

/** How far a plan is. */
export interface SynpicStatus {
  readonly plan: string;
  readonly prompts: number;
  readonly ready: boolean;
  readonly pricePerHour: number;
  readonly sources: readonly SourceStatus[];
  readonly pace: SynpicPace;
  /** The first of those that were given up. */
  readonly failures: readonly { readonly source: string; readonly prompt: string; readonly message: string }[];
}

export interface SourceStatus extends Cost {
  readonly kind: SynpicKind;
  readonly source: string;
  readonly done: number;
  readonly waiting: number;
  readonly active: number;
  readonly failed: number;
}

/** Where workers get their work and hand in results: a store, or the process that owns one, over HTTP. */
export interface Jobs {
  readonly plan: string;
  /** Seconds for which work is the worker's without a word from it. */
  readonly lease: number;
  /** `prefers` is a queue, of work of which the worker did some before. */
  take(worker: string, prefers: string | null): Promise<Taken>;
  /** Still at it. */
  hold(leases: readonly LeaseName[]): Promise<void>;
  /** Records results, each once, whoever comes first. */
  finish(worker: string, finished: readonly Finished[]): Promise<void>;
  /** Cannot do it here: it says nothing of the work. */
  giveBack(leases: readonly LeaseName[]): Promise<void>;
  /** Could not do it. */
  fail(lease: LeaseName, message: string): Promise<void>;
  picture(sha256: string): Promise<Uint8Array>;
  status(): Promise<SynpicStatus>;
  close(): Promise<void>;
}
