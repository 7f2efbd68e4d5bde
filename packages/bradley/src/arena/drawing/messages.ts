import type { SamplerName } from '@bradley/diffusion';
import type { Look } from '../looks.js';

/** One picture to draw. */
export interface PictureJob {
  readonly prompt: string;
  readonly seed: number;
  /** Redraw it towards a look; null leaves it as the model draws it. */
  readonly look: Look | null;
}

export interface DrawSettings {
  /** A LoRA file, or null for the model as it is. */
  readonly adapter: string | null;
  /** Factor on the LoRA. */
  readonly strength: number;
  readonly steps: number;
  /** Classifier-free guidance; 1 is none. */
  readonly guidance: number;
  /** Null is the model's own. */
  readonly sampler: SamplerName | null;
}

/** What the drawing process is told. */
export type ToDrawingProcess =
  | {
      readonly kind: 'draw';
      readonly id: number;
      readonly pictures: readonly PictureJob[];
      readonly settings: DrawSettings;
    }
  | { readonly kind: 'cancel'; readonly id: number };

/** What it answers. `index` counts the pictures of the request; they come in order. */
export type FromDrawingProcess =
  | { readonly kind: 'picture'; readonly id: number; readonly index: number; readonly png: Uint8Array }
  | { readonly kind: 'done'; readonly id: number }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string };
