import type { DownloadProgress } from '@bradley/formats';
import type { Graph } from '@bradley/graph';
import type { DeviceName } from '@bradley/runtime';
import type { Scorer } from './scorer.js';

/** How scorers are opened and run. A kind uses what concerns it: a rule about pixels has no device. */
export interface ScorerOptions {
  readonly device?: DeviceName;
  /** CPU threads. Default: all cores. */
  readonly threads?: number;
  /** Pictures in a forward pass. The default is the kind's own. */
  readonly batch?: number;
  /** Use what is in the hub's cache, and ask nobody. Default: what HF_HUB_OFFLINE says. */
  readonly offline?: boolean;
  /** Folder that answers are kept in, of judges that are paid for each. Default: in Bradley's cache folder. */
  readonly cache?: string;
  /** Told within a call of `score` how many of its pictures are done. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly onDownload?: (progress: DownloadProgress) => void;
  /** Told what one should know and did not ask. */
  readonly onNote?: (text: string) => void;
  /** Ends downloads and waiting for answers; what has arrived is kept. */
  readonly signal?: AbortSignal;
}

/** A scorer as the command line names it: `name`, or `name:argument`. A kind is a file here and a row of `table.ts`. */
export interface ScorerKind {
  /** One line for `bradley reward list`. */
  readonly summary: string;
  /** What stands behind the colon, in words: 'hub name or folder of a CLIP model'. Null where nothing may. */
  readonly argument: string | null;
  /** What stands there where nothing is given: the published model. Without it, a kind that has an argument needs one. */
  readonly defaultModel?: string;
  /** @throws Error naming file or model, what is wrong, and what to do */
  readonly open: (argument: string, options: ScorerOptions) => Promise<Scorer>;
  /** Its network as one graph with the output `score`, to be written as ONNX; absent where there is none. */
  readonly graph?: (argument: string, options: ScorerOptions & GraphOptions) => Promise<Graph>;
}

export interface GraphOptions {
  /** Pictures, each with its prompt, that the graph takes at once. Default 1. */
  readonly graphBatch?: number;
}

export type ScorerKinds = Readonly<Record<string, ScorerKind>>;
