import { folderMedia } from './folder-media.js';
import type { MediaStore } from './media-store.js';
import { s3Media } from './s3-media.js';

/**
 * Media by where they are: a folder, or `s3://bucket/prefix?endpoint=https://…&region=…`. What an s3 address does not say is read as AWS's own tools do:
 * AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL, AWS_REGION, and always from there, never from the address, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and
 * AWS_SESSION_TOKEN.
 *
 * @throws Error saying what is missing
 */
export function mediaStore(where: string, environment: NodeJS.ProcessEnv = process.env): MediaStore {
  if (!/^s3:\/\//i.test(where)) return folderMedia(where);
  const { hostname: bucket, pathname, searchParams } = new URL(where);
  const unknown = [...searchParams.keys()].filter((name) => name !== 'endpoint' && name !== 'region');
  if (unknown.length > 0)
    throw new Error(`${where}: ${unknown.join(', ')} is not known here. An address may say endpoint and region.`);
  const region = searchParams.get('region') ?? environment.AWS_REGION;
  const accessKeyId = environment.AWS_ACCESS_KEY_ID;
  const secretAccessKey = environment.AWS_SECRET_ACCESS_KEY;
  if (!bucket || !region || !accessKeyId || !secretAccessKey) {
    const needed = { 'a bucket': bucket, 'region=… or AWS_REGION': region, AWS_ACCESS_KEY_ID: accessKeyId };
    const missing = Object.entries({ ...needed, AWS_SECRET_ACCESS_KEY: secretAccessKey }).filter(([, value]) => !value);
    throw new Error(`${where}: it lacks ${missing.map(([name]) => name).join(', ')}.`);
  }
  const endpoint =
    searchParams.get('endpoint') ??
    environment.AWS_ENDPOINT_URL_S3 ??
    environment.AWS_ENDPOINT_URL ??
    `https://s3.${region}.amazonaws.com`;
  const path = decodeURIComponent(pathname).replace(/^\/+|\/+$/g, '');
  const credentials = { accessKeyId, secretAccessKey, sessionToken: environment.AWS_SESSION_TOKEN };
  return s3Media({ endpoint, bucket, prefix: path && `${path}/`, region, credentials });
}
