import { and, eq, lt, sql } from 'drizzle-orm';
import type { Store } from './open.js';
import { idempotentAnswers } from './schema.js';

export type IdempotentAnswer = typeof idempotentAnswers.$inferSelect;

/** What a request with an idempotency key was answered, where it was. */
export async function findAnswer({ db }: Store, apiKeyId: string, key: string): Promise<IdempotentAnswer | null> {
  const one = and(eq(idempotentAnswers.apiKeyId, apiKeyId), eq(idempotentAnswers.key, key));
  const [found] = await db.select().from(idempotentAnswers).where(one);
  return found ?? null;
}

export async function keepAnswer({ db }: Store, answer: typeof idempotentAnswers.$inferInsert): Promise<void> {
  await db.insert(idempotentAnswers).values(answer).onConflictDoNothing();
}

/** Forgets answers that are older than a day. */
export async function forgetOldAnswers({ db }: Store): Promise<void> {
  await db.delete(idempotentAnswers).where(lt(idempotentAnswers.createdAt, sql`now() - interval '1 day'`));
}
