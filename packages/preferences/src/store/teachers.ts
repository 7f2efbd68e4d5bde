import type { Teacher } from '../teachers.js';
import type { Store } from './open.js';
import { scorers } from './schema.js';

/** Keeps what scorers had learnt from. What is known of one stays. */
export async function recordTeachers({ db }: Pick<Store, 'db'>, teachers: readonly Teacher[]): Promise<void> {
  if (teachers.length > 0)
    await db
      .insert(scorers)
      .values([...teachers])
      .onConflictDoNothing();
}

/** What is known of all scorers. */
export function storedTeachers({ db }: Pick<Store, 'db'>): Promise<Teacher[]> {
  return db.select().from(scorers).orderBy(scorers.rater);
}
