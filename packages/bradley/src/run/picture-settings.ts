import type { RunConfig } from '../config/run-config.js';
import { deviceOptions } from './device-options.js';

/** All that a picture of the base depends on. */
export interface PictureSettings {
  readonly model: string;
  /** The rows of a grid. */
  readonly rows: readonly { readonly prompt: string; readonly seed: number }[];
  readonly sampler: RunConfig['validate']['sampler'];
  readonly steps: number;
  readonly guidance: number;
  /** Pixels of a side; null is the model's own. */
  readonly size: number | null;
  readonly session: ReturnType<typeof deviceOptions>;
}

export function pictureSettings(
  { model, data, train, validate }: RunConfig,
  prompts: readonly string[],
): PictureSettings {
  const { seeds, sampler, steps, guidance, size } = validate;
  const rows = prompts.flatMap((prompt) => seeds.map((seed) => ({ prompt, seed })));
  return { model, rows, sampler, steps, guidance, size: size ?? data.resolution, session: deviceOptions(train) };
}

/** What stands above a row; the seed where a prompt has several. */
export const captionsOf = ({ rows }: Pick<PictureSettings, 'rows'>): string[] =>
  rows.map(({ prompt, seed }) =>
    rows.filter((row) => row.prompt === prompt).length > 1 ? `${prompt} · seed ${seed}` : prompt,
  );
