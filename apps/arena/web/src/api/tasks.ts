import { addedTasksSchema, type newTaskSchema, uploadedMediaSchema } from '@bradley/arena-contract';
import type { z } from 'zod';
import { ApiError, address, mayPass, request } from './request.js';

export type NewTask = z.input<typeof newTaskSchema>;

const tries = 20;

/** Uploads a file; where the server is busy or is asked too often, again after the time that it says. */
export async function uploadMedia(project: string, file: Blob): Promise<string> {
  for (let tried = 1; ; tried++) {
    try {
      const path = address`/api/projects/${project}/media`;
      return (await request(uploadedMediaSchema, path, { method: 'POST', body: file })).sha256;
    } catch (error) {
      if (tried === tries || !(error instanceof ApiError) || !mayPass(error)) throw error;
      const seconds = error.retryAfterSeconds ?? 1;
      await new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
    }
  }
}

export const addTasks = (project: string, tasks: readonly NewTask[]): Promise<z.infer<typeof addedTasksSchema>> =>
  request(addedTasksSchema, address`/api/projects/${project}/tasks`, { method: 'POST', body: { tasks } });
