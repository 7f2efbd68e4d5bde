import fc from 'fast-check';

/**
 * Properties draw the same cases on every run, so that a commit passes or fails once and for all. `FAST_CHECK_SEED=random npm test`
 * draws others, a number repeats a run; what is found so becomes a test of its own.
 */
const { FAST_CHECK_SEED: seed = '2026' } = process.env;
if (seed !== 'random') fc.configureGlobal({ seed: Number(seed) });
