import {
  type comparisonFilterSchema,
  comparisonPageSchema,
  type knownAnswerSchema,
  type StoredComparison,
  storedComparisonSchema,
} from '@bradley/arena-contract';
import type { z } from 'zod';
import { address, query, request } from './request.js';

export type ComparisonFilter = Partial<z.output<typeof comparisonFilterSchema>>;
export type KnownAnswer = z.infer<typeof knownAnswerSchema>;
export type ComparisonPage = z.infer<typeof comparisonPageSchema>;

export const browseComparisons = (project: string, filter: ComparisonFilter): Promise<ComparisonPage> =>
  request(comparisonPageSchema, address`/api/projects/${project}/comparisons` + query(filter));

export const correctComparison = (
  project: string,
  id: string,
  correction: { outcome: StoredComparison['outcome']; reason: string },
): Promise<StoredComparison> =>
  request(storedComparisonSchema, address`/api/projects/${project}/comparisons/${id}`, {
    method: 'PATCH',
    body: correction,
  });

export const withdrawComparison = (project: string, id: string, reason: string): Promise<StoredComparison> =>
  request(storedComparisonSchema, address`/api/projects/${project}/comparisons/${id}`, {
    method: 'DELETE',
    body: { reason },
  });

export const restoreComparison = (project: string, id: string, reason: string): Promise<StoredComparison> =>
  request(storedComparisonSchema, address`/api/projects/${project}/comparisons/${id}/restore`, {
    method: 'POST',
    body: { reason },
  });

/** Makes what is compared a test of raters, or with null an ordinary task again. */
export const setKnownAnswer = (project: string, id: string, known: KnownAnswer | null): Promise<StoredComparison> =>
  request(storedComparisonSchema, address`/api/projects/${project}/comparisons/${id}/known`, {
    method: known ? 'PUT' : 'DELETE',
    ...(known && { body: known }),
  });
