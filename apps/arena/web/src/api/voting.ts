import { nextSchema, type Presentation, undoneSchema, type Vote, voteResultSchema } from '@bradley/arena-contract';
import type { z } from 'zod';
import { address, anything, query, request } from './request.js';

export type Next = z.infer<typeof nextSchema>;

/** `again`: first what was shown and not answered. */
export const nextPresentations = (project: string, count: number, wait: number, again: boolean): Promise<Next> =>
  request(nextSchema, address`/api/projects/${project}/next` + query({ count, wait, again: again || undefined }));

export const sendVote = (project: string, vote: Vote): Promise<z.infer<typeof voteResultSchema>> =>
  request(voteResultSchema, address`/api/projects/${project}/votes`, { method: 'POST', body: vote });

export const undoVote = (project: string, token: string): Promise<z.infer<typeof undoneSchema>> =>
  request(undoneSchema, address`/api/projects/${project}/votes/undo`, { method: 'POST', body: { token } });

export const agree = (project: string, text: string): Promise<unknown> =>
  request(anything, address`/api/projects/${project}/consent`, { method: 'POST', body: { text } });

export type { Presentation, Vote };
