import { type Import, importSchema, type Snapshot, snapshotSchema } from '@bradley/arena-contract';
import { z } from 'zod';
import { loadMe } from './me.js';
import { ApiError, address, request } from './request.js';

export const listImports = (project: string): Promise<Import[]> =>
  request(z.array(importSchema), address`/api/projects/${project}/imports`);

/** Imports a file or a folder of this computer: for the person of a local arena. */
export const importPath = (project: string, path: string): Promise<Import> =>
  request(importSchema, address`/api/projects/${project}/imports`, { method: 'POST', body: { path } });

/**
 * Sends a file to be imported. Not with `fetch`, which does not say how far it is.
 * @param onSent share of the bytes that were sent, 0 to 1
 */
export async function importFile(project: string, file: File, onSent: (share: number) => void): Promise<Import> {
  const { csrf } = await loadMe();
  const body = new FormData();
  body.append('file', file, file.name);
  const answer = await new Promise<{ status: number; json: unknown }>((resolve, reject) => {
    const upload = new XMLHttpRequest();
    upload.open('POST', address`/api/projects/${project}/imports`);
    upload.setRequestHeader('x-csrf-token', csrf);
    upload.setRequestHeader('accept', 'application/json');
    upload.responseType = 'json';
    upload.upload.onprogress = ({ loaded, total }) => onSent(total > 0 ? loaded / total : 0);
    upload.onload = () => resolve({ status: upload.status, json: upload.response });
    upload.onerror = () =>
      reject(new ApiError(0, 'unreachable', 'The file did not arrive. Is Bradley still running? Choose it again.'));
    upload.send(body);
  });
  const parsed = importSchema.safeParse(answer.json);
  if (answer.status < 300 && parsed.success) return parsed.data;
  const problem = z.object({ code: z.string(), error: z.string() }).safeParse(answer.json).data;
  throw new ApiError(
    answer.status,
    problem?.code ?? 'unknown',
    problem?.error ?? `The server answered ${answer.status}.`,
  );
}

export const listSnapshots = (project: string): Promise<Snapshot[]> =>
  request(z.array(snapshotSchema), address`/api/projects/${project}/snapshots`);

export const freezeSnapshot = (project: string, name: string): Promise<Snapshot> =>
  request(snapshotSchema, address`/api/projects/${project}/snapshots`, { method: 'POST', body: { name } });

/** Where the comparisons are downloaded from, in a format of the writers. */
export const exportAddress = (project: string, format: string): string =>
  address`/api/projects/${project}/exports/${format}`;
