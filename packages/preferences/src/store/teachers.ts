import { type SQL, sql } from 'drizzle-orm';
import { joinTeachers, type Teacher } from '../teachers.js';
import type { Store } from './open.js';
import { scorers } from './schema.js';

/** Keeps what scorers had learnt from: of one that is known already, all that it is said to have learnt from. */
export async function recordTeachers({ db }: Pick<Store, 'db'>, teachers: readonly Teacher[]): Promise<void> {
  const each = joinTeachers(teachers); // a row is written once, and in one order by all who write
  if (each.length === 0) return;
  await db
    .insert(scorers)
    .values(each)
    .onConflictDoUpdate({
      target: scorers.rater,
      set: { raters: withExcluded(scorers.raters), prompts: withExcluded(scorers.prompts) },
      setWhere: sql`${scorers.raters} <> excluded.raters or ${scorers.prompts} <> excluded.prompts`,
    });
}

/** A list with what the row that is written has besides. */
const withExcluded = (list: typeof scorers.raters | typeof scorers.prompts): SQL =>
  sql`(select coalesce(jsonb_agg(distinct one), '[]') from jsonb_array_elements(${list} || excluded.${sql.identifier(list.name)}) as one)`;

/** What is known of all scorers. */
export function storedTeachers({ db }: Pick<Store, 'db'>): Promise<Teacher[]> {
  return db.select().from(scorers).orderBy(scorers.rater);
}
