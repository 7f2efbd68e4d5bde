import { adafactor } from './adafactor.js';
import { adam, adamw } from './adamw.js';
import type { OptimizerKind } from './optimizer.js';
import { sgd } from './sgd.js';

/** Every optimiser by its name. */
export const optimizers = { adamw, adam, sgd, adafactor } satisfies Record<string, OptimizerKind>;
export type OptimizerName = keyof typeof optimizers;
export const optimizerNames = Object.keys(optimizers) as OptimizerName[];
