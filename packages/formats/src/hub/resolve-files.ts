import { z } from 'zod';
import { lackingOf } from './pipeline-files.js';
import { type ResolvedModel, type ResolveOptions, resolveNamed } from './resolve-model.js';

/** Which files of a repository are wanted. */
export interface WantedFiles {
  /** What errors call a repository that has them: 'CLIP model'. */
  readonly kind: string;
  /** What to do with one that has not. */
  readonly advice: string;
  /** Sets of files, the first choice first: of these, one must be there whole. */
  readonly oneOf: readonly (readonly string[])[];
  /** Taken where they are there. */
  readonly takes?: readonly string[];
}

const shardIndex = z.looseObject({ weight_map: z.record(z.string(), z.string()) });

/**
 * Finds files as `resolveModel` finds a pipeline: a local folder or file as it is, else a repository of the hub, of which it
 * fetches the wanted files, or the one that is named (`owner/name:file.pt`). Where an index of shards is wanted, so are they.
 */
export async function resolveFiles(
  name: string,
  { kind, advice, oneOf, takes = [] }: WantedFiles,
  options: ResolveOptions = {},
): Promise<ResolvedModel> {
  return resolveNamed(
    name,
    { ...options, variant: null },
    {
      kind,
      advice,
      fileNames: /\.(safetensors|pt|pth|bin)$/,
      async choose(names, { file }, _variant, read) {
        const there = new Set(names);
        const nothing = { variant: null, notes: [] };
        if (file !== null) return { files: [file], missing: there.has(file) ? [] : [file], ...nothing };
        const set = oneOf.find((files) => files.every((each) => there.has(each)));
        if (set === undefined) return { files: [], missing: lackingOf(oneOf, names), ...nothing };
        const indices = set.filter((each) => each.endsWith('.index.json'));
        const shards = await Promise.all(
          indices.map(async (each) => Object.values(shardIndex.parse(await read(each)).weight_map)),
        );
        const files = [...new Set([...set, ...takes.filter((each) => there.has(each)), ...shards.flat()])];
        return { files, missing: files.filter((each) => !there.has(each)), ...nothing };
      },
    },
  );
}
