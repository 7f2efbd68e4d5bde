import { z } from 'zod';
import { command } from '../cli/command.js';
import { UsageError } from '../cli/usage-error.js';
import { threadsField } from '../config/threads-field.js';

const combineNames = ['sum', 'rank', 'vote'] as const;
const tieNames = ['tie', 'stored', 'drop'] as const;

export const label = command({
  summary: 'Let scorers choose between pictures: comparisons to train on, without people.',
  description:
    'Labels generated pictures (folders that bradley sample wrote; pictures of one prompt are its candidates), or comparisons anew, by one scorer or ' +
    'several together. Scores are kept: the same command, interrupted, goes on. --outcome scores keeps them raw; --kept combines such records anew, without scoring.',
  example: [
    'label --candidates out --scorer emoji --output labels.jsonl',
    'label --candidates out/base --candidates out/loose --scorer pickscore,hps --weights 2,1 --outcome ranking --output ranks.jsonl',
    'label --candidates labels.jsonl --scorer colourfulness --margin 0.2 --ties drop --output sure.jsonl',
    'label --candidates scores.jsonl --kept --scorer pickscore --outcome winner --output pick.jsonl',
  ],
  options: z.object({
    candidates: z
      .array(z.string().min(1))
      .min(1)
      .describe('folder of pictures with images.jsonl, several of them, or a set of comparisons'),
    scorer: z
      .array(z.string().min(1))
      .default([])
      .describe('name or name:argument, as bradley reward list has them; several decide together'),
    weights: z.array(z.number().positive()).default([]).describe('of the scorers, in their order; none is 1 each'),
    kept: z.boolean().default(false).describe('take the scores that the records have; --scorer names some of them'),
    combine: z.enum(combineNames).default('sum').describe('sum of standardised scores, mean of ranks, or votes'),
    outcome: z.enum(['winner', 'ranking', 'scores']).default('winner').describe('what a comparison says'),
    margin: z
      .number()
      .nonnegative()
      .default(0)
      .describe('differences as small are ties; of sum in standard deviations'),
    ties: z.enum(tieNames).default('tie').describe('record them as ties, let what is stored first win, or drop them'),
    output: z.string().min(1).describe('.jsonl file to write, which must not exist; pictures come to lie beside it'),
    threads: threadsField.optional().describe(threadsField.description ?? ''),
    offline: z.boolean().default(false).describe('take models from the cache as they are, ask no hub'),
  }),
  async run({ candidates: paths, scorer, weights, kept, output, threads, offline, ...how }, out) {
    if (!output.endsWith('.jsonl')) throw new UsageError(`--output: a file that ends in .jsonl, found ${output}.`);
    const { keptScores, openScorer, splitScorerSpecs } = await import('@bradley/evaluate');
    const { scorerTable } = await import('../scorers.js');
    const specs = scorer.length > 0 ? splitScorerSpecs(scorer.join(','), scorerTable) : [];
    const twice = specs.find((spec, i) => specs.indexOf(spec) !== i);
    if (twice !== undefined) throw new UsageError(`--scorer: ${twice} is there twice. Give it more --weights instead.`);
    if (specs.length === 0 && !kept)
      throw new UsageError('--scorer: name one, or --kept to take the scores that the records have.');
    if (weights.length > 0 && weights.length !== specs.length)
      throw new UsageError(`--weights: one for each scorer, found ${weights.length} for ${specs.length}.`);
    if (
      how.outcome === 'scores' &&
      (weights.length > 0 || how.combine !== 'sum' || how.margin > 0 || how.ties !== 'tie')
    )
      throw new UsageError(
        '--outcome scores keeps every score as it is. Leave out --weights, --combine, --margin and --ties, and give them with --kept later.',
      );
    if (weights.length > 0 && how.combine === 'vote')
      throw new UsageError('--weights: in a vote every scorer counts once. Leave them out, or --combine sum or rank.');
    const { join } = await import('node:path');
    const { cacheFolder, newPath } = await import('@bradley/formats');
    const { countProgress } = await import('../cli/count-progress.js');
    const { scorerOptions } = await import('../cli/scorer-options.js');
    const { openCandidates } = await import('../feedback/candidate-sets.js');
    const { labelCandidates } = await import('../feedback/label-candidates.js');
    const { formatLabelReport } = await import('../feedback/format-label-report.js');
    const path = await newPath(output);
    const refused = new Set<string>(); // the candidates are read more than once
    const source = await openCandidates(paths, ({ where, refused: why }) => {
      if (!refused.has(where) && refused.size < 20) out.note(`${where}: ${why}`);
      refused.add(where);
    });
    const count = countProgress(out);
    const ending = new AbortController();
    const stop = (): void =>
      ending.abort(new Error('stopped; the scores so far are kept, and the same command goes on.'));
    process.once('SIGINT', stop);
    const scorers = new Map<string, Awaited<ReturnType<typeof openScorer>>>();
    try {
      let names = specs;
      if (!kept)
        for (const spec of specs) {
          const opening = scorerOptions({ offline, threads, signal: ending.signal }, out);
          const opened = await openScorer(spec, opening, scorerTable);
          scorers.set(spec, keptScores(opened, join(cacheFolder(), 'scores')));
        }
      else if (specs.length === 0) {
        for await (const { scores } of source) {
          names = Object.keys(scores ?? {});
          break;
        }
        if (names.length === 0)
          throw new Error(`${paths.join(', ')}: --kept needs records with scores, and the first has none.`);
      }
      const labelled = await labelCandidates(source, kept ? { kind: 'kept', names } : { kind: 'scorers', scorers }, {
        ...how,
        weights: weights.length > 0 ? weights : names.map(() => 1),
        output: path,
        onProgress: ({ done, kept: before }) => count('pictures', done, source.pictures, before),
        signal: ending.signal,
      });
      const note = refused.size > 0 ? `\n${refused.size} rows could not be used` : '';
      out.result({ ...labelled, refused: refused.size }, formatLabelReport(labelled) + note);
      return undefined;
    } finally {
      process.off('SIGINT', stop);
      for (const one of scorers.values()) await one.release();
    }
  },
});
