export type { Candidate, Choice, Outcome, Showing } from './choice.js';
export { type Collector, type CollectorOptions, createCollector, type Problem } from './collector.js';
export { browserStorage, type Kept, memoryStorage, type Storage } from './storage.js';
