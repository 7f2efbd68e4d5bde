import { listSynpicPlans, type Store } from '@bradley/preferences';
import { type Plan, planSchema } from './plan.js';

/**
 * The plan of a job in a store; `name` may be left out where there is one.
 * @throws Error naming the jobs that are there
 */
export async function openJob(store: Store, name?: string): Promise<Plan> {
  const rows = await listSynpicPlans(store);
  const names = rows.map((row) => row.name);
  const found = name === undefined && rows.length === 1 ? rows[0] : rows.find((row) => row.name === name);
  if (found) return planSchema.parse(found.config);
  if (rows.length === 0) throw new Error(`${store.where} has no Syn-Pic job. Begin one: bradley synpic start <file>.`);
  throw new Error(
    `${store.where} has the Syn-Pic jobs ${names.join(', ')}${name === undefined ? ': name one with --job' : `, not ${name}`}.`,
  );
}
