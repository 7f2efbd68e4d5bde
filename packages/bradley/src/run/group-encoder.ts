import { ImageError } from '@bradley/formats';
import type { DiffusionModel } from '@bradley/models';
import { type ComparisonSource, MediaError, type TrainingGroup } from '@bradley/preferences';
import {
  type Answer,
  type ContentCache,
  type Encoded,
  type EncodingPass,
  encodeGroups,
  type Proceed,
} from '@bradley/train';
import type { RunConfig } from '../config/run-config.js';
import { deviceOptions } from './device-options.js';

/** What the passes of encoding are called where they are told of. */
const passNames: Record<EncodingPass, string> = {
  sizes: 'looking at the sizes of pictures',
  pictures: 'encoding pictures',
  prompts: 'encoding prompts',
};

/** Encodes groups of a run's data as its config says. */
export function groupEncoder<Answers extends Answer>(
  model: DiffusionModel,
  { data, train }: RunConfig,
  source: ComparisonSource,
  { cache, pass }: { cache: ContentCache; pass: (what: string) => Proceed<Answers> },
): (groups: readonly TrainingGroup[]) => Promise<Encoded<Answers>> {
  return (groups) =>
    encodeGroups(model, groups, {
      loadMedia: (candidate) => source.loadMedia(candidate),
      resolution: data.resolution,
      buckets: data.buckets,
      cache,
      pass: (what) => pass(passNames[what]),
      ...deviceOptions(train),
    }).catch((error) => {
      throw error instanceof ImageError || error instanceof MediaError ? inData(data.path, error) : error;
    });
}

/** A picture that cannot be trained on. Training on the others would be another run than the one that was asked for. */
const inData = (path: string, cause: Error): Error =>
  new Error(
    `${path}: ${cause.message}\nReplace or remove it. All that is wrong is listed by: npx bradley data check ${path}`,
    { cause },
  );
