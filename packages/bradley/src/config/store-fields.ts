import { z } from 'zod';

/** The options of commands that work on a store without serving it: which one. */
export const placeFields = {
  folder: z.string().min(1).default('bradley-arena').describe("the arena's folder"),
  store: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'postgres://user@host/database, its password in PGPASSWORD')
    .optional()
    .describe('PostgreSQL server that has the comparisons; none is the database in --folder'),
  media: z
    .string()
    .min(1)
    .optional()
    .describe('folder or s3://bucket/prefix that has the media; none is media in --folder'),
};

/** Which project in it, too. */
export const storeFields = {
  project: z
    .string()
    .regex(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/, '1 to 64 of a–z, 0–9 and -, no - at the ends')
    .describe('id of the project'),
  ...placeFields,
};
