import { sql } from 'drizzle-orm';
import {
  bigint,
  bigserial,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
} from 'drizzle-orm/pg-core';
import type { Candidate, Outcome } from '../record.js';

export * from './account-schema.js';
export * from './synpic-schema.js';

/**
 * The tables of the store, the same in PGlite and on a PostgreSQL server. After a change: `npm run migration -w
 * @bradley/preferences -- --name what-changes`, and commit what it writes.
 */
const time = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });
const created = () => time('created_at').notNull().defaultNow();

export const projects = pgTable('projects', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  /** Validated by whoever writes it; see the settings of a project in the arena's contract. */
  settings: jsonb('settings').$type<Record<string, unknown>>().notNull(),
  /** Of a project that judges a training blindly: the run that is judged. */
  verdictOf: text('verdict_of'),
  createdAt: created(),
  archivedAt: time('archived_at'),
});

export const purposes = ['ordinary', 'gold', 'attention', 'repeat'] as const;
export type Purpose = (typeof purposes)[number];

/** Something to be judged. */
export const tasks = pgTable(
  'tasks',
  {
    id: text('id').primaryKey(),
    projectId: text('project_id')
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    prompt: text('prompt').notNull(),
    candidates: jsonb('candidates').$type<Candidate[]>().notNull(),
    purpose: text('purpose').$type<Exclude<Purpose, 'repeat'>>().notNull().default('ordinary'),
    /** The known answer of a gold or attention task. */
    expected: jsonb('expected').$type<Outcome>(),
    /** Tasks of a negative one are shown before all others; of the rest, the settings of the project say which comes next. */
    position: bigserial('position', { mode: 'number' }).notNull(),
    createdAt: created(),
    retiredAt: time('retired_at'),
  },
  (table) => [index('tasks_open').on(table.projectId, table.purpose, table.position)],
);

/** Who judges, in one project: a person of the arena, or a pseudonym of an import or a product. */
export const raters = pgTable(
  'raters',
  {
    id: text('id').primaryKey(),
    projectId: text('project_id')
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    /** The account, where there is one. */
    userId: text('user_id'),
    name: text('name').notNull(),
    role: text('role').$type<'owner' | 'rater' | 'viewer'>().notNull().default('rater'),
    /** The sha256 of the consent text that was agreed to. */
    consent: text('consent'),
    consentAt: time('consent_at'),
    createdAt: created(),
  },
  (table) => [uniqueIndex('raters_user').on(table.projectId, table.userId)],
);

/** Scorers that made comparisons, each with what it had learnt from itself: of all projects, since the name has a hash of it. */
export const scorers = pgTable('scorers', {
  rater: text('rater').primaryKey(),
  raters: jsonb('raters').$type<string[]>().notNull(),
  prompts: jsonb('prompts').$type<string[]>().notNull(),
});

/** The comparison record. Rows are never rewritten but by a correction, whose audit entry holds what was there before. */
export const comparisons = pgTable(
  'comparisons',
  {
    /** Order of arrival: the cursor of browsing and of exports. */
    seq: bigserial('seq', { mode: 'number' }).primaryKey(),
    projectId: text('project_id')
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    /** Of the record; unique in its project, which makes recording it again harmless. */
    id: text('id').notNull(),
    taskId: text('task_id'),
    prompt: text('prompt').notNull(),
    candidates: jsonb('candidates').$type<Candidate[]>().notNull(),
    outcome: jsonb('outcome').$type<Outcome>().notNull(),
    question: text('question').notNull().default('overall'),
    raterId: text('rater_id'),
    session: text('session'),
    at: time('at'),
    milliseconds: doublePrecision('milliseconds'),
    shown: jsonb('shown').$type<number[]>(),
    purpose: text('purpose').$type<Purpose>().notNull().default('ordinary'),
    /** `arena`, `import:<id>` or `key:<id>`. */
    source: text('source').notNull(),
    corrections: integer('corrections').notNull().default(0),
    withdrawnAt: time('withdrawn_at'),
    receivedAt: time('received_at').notNull().defaultNow(),
  },
  (table) => [
    uniqueIndex('comparisons_id').on(table.projectId, table.id),
    index('comparisons_rater').on(table.projectId, table.raterId, table.seq),
    index('comparisons_project').on(table.projectId, table.seq),
    index('comparisons_task').on(table.taskId).where(sql`${table.taskId} is not null`),
  ],
);

/** Media that the store keeps, by their content. */
export const media = pgTable('media', {
  sha256: text('sha256').primaryKey(),
  type: text('type').notNull(),
  bytes: integer('bytes').notNull(),
  createdAt: created(),
});

/** What was uploaded to a project: knowing the sha256 of another project's file is not enough to use it here. */
export const projectMedia = pgTable(
  'project_media',
  {
    projectId: text('project_id')
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    sha256: text('sha256').notNull(),
    createdAt: created(),
  },
  (table) => [primaryKey({ columns: [table.projectId, table.sha256] })],
);

export const invites = pgTable('invites', {
  id: text('id').primaryKey(),
  projectId: text('project_id')
    .notNull()
    .references(() => projects.id, { onDelete: 'cascade' }),
  role: text('role').$type<'owner' | 'rater' | 'viewer'>().notNull(),
  /** sha256 of the secret, which has 256 random bits. */
  hash: text('hash').notNull().unique(),
  uses: integer('uses'),
  used: integer('used').notNull().default(0),
  createdBy: text('created_by').notNull(),
  createdAt: created(),
  expiresAt: time('expires_at').notNull(),
  revokedAt: time('revoked_at'),
});

export const apiKeys = pgTable('api_keys', {
  id: text('id').primaryKey(),
  projectId: text('project_id')
    .notNull()
    .references(() => projects.id, { onDelete: 'cascade' }),
  name: text('name').notNull(),
  prefix: text('prefix').notNull(),
  /** sha256 of the key, which has 256 random bits. */
  hash: text('hash').notNull().unique(),
  /** Sites whose pages may use the key. */
  origins: jsonb('origins').$type<string[]>().notNull().default([]),
  createdBy: text('created_by').notNull(),
  createdAt: created(),
  lastUsedAt: time('last_used_at'),
  revokedAt: time('revoked_at'),
});

/** What a request with an idempotency key was answered; kept for a day. */
export const idempotentAnswers = pgTable(
  'idempotent_answers',
  {
    apiKeyId: text('api_key_id').notNull(),
    key: text('key').notNull(),
    /** sha256 of the request: the same key with another request is refused. */
    request: text('request').notNull(),
    status: integer('status').notNull(),
    answer: jsonb('answer').notNull(),
    createdAt: created(),
  },
  (table) => [primaryKey({ columns: [table.apiKeyId, table.key] })],
);

/** Who did what, besides voting. Only ever added to. */
export const audit = pgTable(
  'audit',
  {
    seq: bigserial('seq', { mode: 'number' }).primaryKey(),
    at: time('at').notNull().defaultNow(),
    projectId: text('project_id'),
    actor: text('actor').notNull(),
    action: text('action').notNull(),
    subject: text('subject').notNull(),
    detail: jsonb('detail').$type<Record<string, unknown>>().notNull().default({}),
  },
  (table) => [index('audit_project').on(table.projectId, table.seq)],
);

/** `running` says nothing of whether its process still is: a killed import stays so until it is gone on with. */
export type ImportStatus = 'running' | 'interrupted' | 'finished' | 'failed';

export const imports = pgTable('imports', {
  id: text('id').primaryKey(),
  projectId: text('project_id')
    .notNull()
    .references(() => projects.id, { onDelete: 'cascade' }),
  name: text('name').notNull(),
  path: text('path').notNull(),
  /** Of the file as it was: the same one imported again goes on where it stopped. None for a folder, which is read anew. */
  fingerprint: text('fingerprint'),
  format: text('format'),
  status: text('status').$type<ImportStatus>().notNull().default('running'),
  /** Rows of the source that are done with, in its order: where a resumed import goes on. */
  read: bigint('read', { mode: 'number' }).notNull().default(0),
  added: bigint('added', { mode: 'number' }).notNull().default(0),
  refused: bigint('refused', { mode: 'number' }).notNull().default(0),
  problems: jsonb('problems').$type<Record<string, number>>().notNull().default({}),
  /** Candidates whose media stayed where they are, on the network: the record has their address. */
  remote: bigint('remote', { mode: 'number' }).notNull().default(0),
  /** The first hundred. */
  refusals: jsonb('refusals').$type<{ where: string; problem: string; refused: string }[]>().notNull().default([]),
  error: text('error'),
  startedAt: time('started_at').notNull().defaultNow(),
  finishedAt: time('finished_at'),
});

/** Trainings that were started from a project. */
export const trainings = pgTable('trainings', {
  run: text('run').primaryKey(),
  projectId: text('project_id')
    .notNull()
    .references(() => projects.id, { onDelete: 'cascade' }),
  snapshot: text('snapshot').notNull(),
  choices: integer('choices').notNull(),
  createdAt: created(),
});

/** One pair of a blind judgement, as it was planned before its pictures were drawn. */
export interface VerdictPair {
  readonly prompt: string;
  readonly seed: number;
  /** Whether the training saw the prompt. */
  readonly trained: boolean;
  /** Whether the trained model's picture is the first candidate of the record. */
  readonly afterFirst: boolean;
}

/** What a project that judges a training shows. The first round is planned before anything is seen, later ones after a result was. */
export const verdictRounds = pgTable(
  'verdict_rounds',
  {
    projectId: text('project_id')
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    round: integer('round').notNull(),
    pairs: jsonb('pairs').$type<VerdictPair[]>().notNull(),
    createdAt: created(),
  },
  (table) => [primaryKey({ columns: [table.projectId, table.round] })],
);
