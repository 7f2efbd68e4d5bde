import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Arena } from '../context.js';
import type { ArenaEnv } from '../env.js';
import { auditRoutes } from './audit.js';
import { comparisonRoutes } from './comparisons.js';
import { exportRoutes } from './exports.js';
import { feedbackRoutes } from './feedback.js';
import { importRoutes } from './imports.js';
import { inviteRoutes } from './invites.js';
import { keyRoutes } from './keys.js';
import { meRoutes } from './me.js';
import { mediaRoutes } from './media.js';
import { memberRoutes } from './members.js';
import { projectEndRoutes } from './project-end.js';
import { projectRoutes } from './projects.js';
import { promptRoutes } from './prompts.js';
import { runRoutes } from './runs.js';
import { sessionRoutes } from './session.js';
import { snapshotRoutes } from './snapshots.js';
import { statisticsRoutes } from './statistics.js';
import { taskRoutes } from './tasks.js';
import { tasteRoutes } from './taste.js';
import { verdictRoutes } from './verdict.js';
import { votingRoutes } from './voting.js';

/** Every subject's routes. */
export const routeTable: readonly ((arena: Arena) => OpenAPIHono<ArenaEnv>)[] = [
  meRoutes,
  auditRoutes,
  feedbackRoutes,
  inviteRoutes,
  keyRoutes,
  mediaRoutes,
  memberRoutes,
  taskRoutes,
  sessionRoutes,
  projectRoutes,
  projectEndRoutes,
  runRoutes,
  tasteRoutes,
  verdictRoutes,
  votingRoutes,
  promptRoutes,
  comparisonRoutes,
  statisticsRoutes,
  importRoutes,
  exportRoutes,
  snapshotRoutes,
];
