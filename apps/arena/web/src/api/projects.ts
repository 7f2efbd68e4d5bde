import { type Project, type ProjectSettings, projectSchema } from '@bradley/arena-contract';
import { z } from 'zod';
import { address, anything, request } from './request.js';

export const listProjects = (): Promise<Project[]> => request(z.array(projectSchema), '/api/projects');

export const makeProject = (project: {
  id: string;
  name: string;
  settings: Partial<ProjectSettings>;
}): Promise<Project> => request(projectSchema, '/api/projects', { method: 'POST', body: project });

export const changeProject = (
  id: string,
  change: { name?: string; settings?: Partial<ProjectSettings> },
): Promise<Project> => request(projectSchema, address`/api/projects/${id}`, { method: 'PATCH', body: change });

export const archiveProject = (id: string): Promise<unknown> =>
  request(anything, address`/api/projects/${id}/archive`, { method: 'POST' });

export const restoreProject = (id: string): Promise<unknown> =>
  request(anything, address`/api/projects/${id}/restore`, { method: 'POST' });

/** For good; `name` is what was typed. */
export const deleteProject = (id: string, name: string): Promise<unknown> =>
  request(anything, address`/api/projects/${id}`, { method: 'DELETE', body: { name } });
