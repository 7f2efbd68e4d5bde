export type { Arena } from './context.js';
export type * from './services.js';
