import type { Proportion } from '../intervals.js';
import type { SharePlot } from './plots.js';

/** A plain value, or a proportion, which is always shown with its count, total and 95 % Wilson interval. */
export type Shown = string | number | boolean | Proportion;

/** What a training run has to tell, in the order the page tells it. A section without content is left out. */
export interface Report {
  readonly title: string;
  readonly summary: {
    /** One or two plain sentences: what was trained on what, what came out, who judged it. */
    readonly sentences: readonly string[];
    /** The few numbers to see first. */
    readonly figures?: readonly { readonly label: string; readonly value: Shown; readonly note?: string }[];
  };
  readonly grids: readonly Grid[];
  readonly figures: readonly Figure[];
  readonly curves: readonly Curve[];
  readonly plots?: readonly SharePlot[];
  readonly tables: readonly Table[];
  readonly nextSteps: readonly string[];
  /** The settings of the run, in order. */
  readonly run: Readonly<Record<string, Shown>>;
}

/** Images of the same prompts from several models, with the same seed along a row. */
export interface Grid {
  readonly title: string;
  readonly note?: string;
  readonly prompts: readonly string[];
  /** Each column has one PNG, WebP or JPEG per prompt. */
  readonly columns: readonly { readonly name: string; readonly images: readonly Uint8Array[] }[];
}

/** A preference metric before and after training, beside the baseline it must beat. `note` names the judge. */
export interface Figure {
  readonly name: string;
  readonly before?: Proportion;
  readonly after?: Proportion;
  readonly baseline?: Proportion;
  readonly baselineName?: string;
  /** A line to compare with, such as chance at 0.5. */
  readonly reference?: { readonly value: number; readonly label: string };
  readonly note: string;
}

/** A metric along the run. */
export interface Curve {
  readonly title: string;
  readonly note?: string;
  readonly points: readonly { readonly step: number; readonly value: number }[];
  /** Weight of the past in an exponential moving average drawn over the points, 0 ≤ weight < 1. */
  readonly smoothing?: number;
  /** A line to compare with, such as log 2 for the loss of an untrained adapter. */
  readonly reference?: { readonly value: number; readonly label: string };
}

export interface Table {
  readonly title: string;
  readonly note?: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Shown[])[];
}
