import type { Evaluation } from '../../win-rates/evaluation.js';
import type { Shown } from '../report.js';

/** What an evaluation's page shows. */
export interface EvaluationReport {
  readonly title: string;
  readonly evaluation: Evaluation;
  /** Pairs of pictures; without any, votes alone are reported. */
  readonly pictures: {
    /** Of how many cases the rows are a choice. */
    readonly cases: number;
    /** The scorers whose margins the rows have, the primary one first. */
    readonly judges: readonly string[];
    readonly rows: readonly PictureRow[];
  } | null;
  /** How pictures were drawn and judged. */
  readonly settings: Readonly<Record<string, Shown>>;
}

/** The pictures of a case, the base's first. */
export interface PictureRow {
  readonly prompt: string;
  readonly category?: string;
  readonly seed: number;
  /** A PNG, WebP or JPEG of each contestant. */
  readonly images: readonly Uint8Array[];
  /** By judge, of each contestant but the base: score minus the base's. */
  readonly margins: readonly (readonly number[])[];
}
