import { apiKeySchema, createdApiKeySchema } from '@bradley/arena-contract';
import { z } from 'zod';
import { address, anything, request } from './request.js';

export type ApiKey = z.infer<typeof apiKeySchema>;
export type CreatedApiKey = z.infer<typeof createdApiKeySchema>;

export const listKeys = (project: string): Promise<ApiKey[]> =>
  request(z.array(apiKeySchema), address`/api/projects/${project}/keys`);

export const makeKey = (project: string, key: { name: string; origins: string[] }): Promise<CreatedApiKey> =>
  request(createdApiKeySchema, address`/api/projects/${project}/keys`, { method: 'POST', body: key });

export const revokeKey = (project: string, id: string): Promise<unknown> =>
  request(anything, address`/api/projects/${project}/keys/${id}`, { method: 'DELETE' });
