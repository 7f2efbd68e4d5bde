export { createApp } from './app.js';
export type { Arena } from './context.js';
export { openInsight } from './insight/insight.js';
export { type ArenaOptions, arenaFolders, openArena } from './open-arena.js';
export { setUpLink } from './people/set-up.js';
export { type Served, serve } from './serve.js';
export type * from './services.js';
