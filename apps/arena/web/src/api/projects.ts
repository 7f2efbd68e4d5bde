import { type Project, type ProjectSettings, projectSchema } from '@bradley/arena-contract';
import { z } from 'zod';
import { address, request } from './request.js';

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
