import type { ScorerKinds } from './scorer-kind.js';

/** Every scorer, in the order of `bradley reward list`. */
export const scorerKinds: ScorerKinds = {};
