import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Arena } from '../context.js';
import type { ArenaEnv } from '../env.js';
import { comparisonRoutes } from './comparisons.js';
import { meRoutes } from './me.js';
import { projectRoutes } from './projects.js';
import { promptRoutes } from './prompts.js';
import { runRoutes } from './runs.js';
import { tasteRoutes } from './taste.js';
import { verdictRoutes } from './verdict.js';
import { votingRoutes } from './voting.js';

/** Every subject's routes. */
export const routeTable: readonly ((arena: Arena) => OpenAPIHono<ArenaEnv>)[] = [
  meRoutes,
  projectRoutes,
  runRoutes,
  tasteRoutes,
  verdictRoutes,
  votingRoutes,
  promptRoutes,
  comparisonRoutes,
];
