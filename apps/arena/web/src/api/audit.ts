import { auditPageSchema } from '@bradley/arena-contract';
import type { z } from 'zod';
import { address, query, request } from './request.js';

export type AuditPage = z.infer<typeof auditPageSchema>;
export type AuditEntry = AuditPage['entries'][number];

export const loadAudit = (project: string, before?: number): Promise<AuditPage> =>
  request(auditPageSchema, address`/api/projects/${project}/audit` + query({ before }));
