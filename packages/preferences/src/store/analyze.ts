import { sql } from 'drizzle-orm';
import type { Store } from './open.js';
import { comparisons } from './schema.js';

/**
 * Has the planner look at how many comparisons there are and of what. A server does that by itself, sooner or later; PGlite never does, and then takes a
 * million rows of one project for a handful: reading them page by page sorted all that were left for every page.
 */
export async function analyzeComparisons({ db }: Pick<Store, 'db'>): Promise<void> {
  await db.execute(sql`analyze ${comparisons}`);
}
