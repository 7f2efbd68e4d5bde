import { z } from 'zod';

/** Seeds as flags have them; `seedsOf` makes them numbers. */
export const seedsField = z.array(z.string().regex(/^\d+(\.\.\d+)?$/, 'seeds such as 0 or 0..3')).min(1);
