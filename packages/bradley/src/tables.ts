import { objectives } from '@bradley/objectives';
import { optimizers } from '@bradley/train';
import type { RunTables } from './config/run-config.js';

/** What a run's config may name. */
export const tables: RunTables = { objectives, optimizers };
