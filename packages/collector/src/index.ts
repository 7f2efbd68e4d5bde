export type { Choice, Outcome, ShownCandidate } from './choice.js';
export { type Collector, type CollectorOptions, createCollector } from './collector.js';
export type { CollectorStorage } from './storage.js';
