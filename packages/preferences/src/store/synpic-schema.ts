import { doublePrecision, index, jsonb, pgTable, primaryKey, text, timestamp } from 'drizzle-orm/pg-core';

const time = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/** What a Syn-Pic job was told to make: prompts, generators, scorers. */
export const synpicPlans = pgTable('synpic_plans', {
  name: text('name').primaryKey(),
  /** Validated by whoever writes it. */
  config: jsonb('config').$type<unknown>().notNull(),
  /** Since when all of its first jobs are in the queue; null while they are put there. */
  plannedAt: time('planned_at'),
  createdAt: time('created_at').notNull().defaultNow(),
});

export const synpicKinds = ['generate', 'score'] as const;
export type SynpicKind = (typeof synpicKinds)[number];

/** A finished piece of work. It is in the queue until it is here, and never again. */
export const synpicResults = pgTable(
  'synpic_results',
  {
    plan: text('plan')
      .notNull()
      .references(() => synpicPlans.name, { onDelete: 'cascade' }),
    /** Made from everything that the result depends on, so that the same work is the same row. */
    job: text('job').notNull(),
    kind: text('kind').$type<SynpicKind>().notNull(),
    /** Of a picture the name of its generator, of a score the scorer. */
    source: text('source').notNull(),
    /** The sha256 of a picture that was generated. */
    media: text('media'),
    score: doublePrecision('score'),
    /** Of a score who gave it: the scorer with what it was then. */
    rater: text('rater'),
    worker: text('worker').notNull(),
    /** Of this one piece of work. */
    wallSeconds: doublePrecision('wall_seconds').notNull(),
    /** Of the worker's own process, all of its threads. */
    cpuSeconds: doublePrecision('cpu_seconds').notNull(),
    /** How long the worker took to open the model first, where it had to. */
    openingSeconds: doublePrecision('opening_seconds').notNull(),
    finishedAt: time('finished_at').notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.plan, table.job] }),
    index('synpic_results_source').on(table.plan, table.kind, table.source),
  ],
);
