import { z } from 'zod';
import { placeFields } from './store-fields.js';

/** Where a Syn-Pic job is kept. */
export const synpicPlace = {
  folder: z.string().min(1).default('bradley-synpic').describe('where database, pictures and snapshots are kept'),
  store: placeFields.store,
  media: z.string().min(1).optional().describe('folder or s3://bucket/prefix for pictures; none is media in --folder'),
};

/** Which one, where a store has several. */
export const synpicJob = z.string().min(1).optional().describe('its name; may be left out where the store has one job');
