import type { OptimizerName } from '../optimizers/index.js';
import { adafactorGraph } from './adafactor-graph.js';
import { adamGraph, adamwGraph } from './adam-graph.js';
import type { OptimizerGraphKind } from './optimizer-graph.js';
import { sgdGraph } from './sgd-graph.js';

/** Every optimiser as a graph, by the name that it has on the host: a missing one does not compile. */
export const optimizerGraphs: Readonly<Record<OptimizerName, OptimizerGraphKind>> = {
  adamw: adamwGraph,
  adam: adamGraph,
  sgd: sgdGraph,
  adafactor: adafactorGraph,
};
