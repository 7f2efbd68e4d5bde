import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sha256Of } from '../media-path.js';
import { MediaError } from '../source.js';
import { mediaStore } from './open-media.js';
import { s3Media } from './s3-media.js';
import { expectedSignature, type S3Server, serveS3 } from './s3-server.test-support.js';

/** The keys of the examples in AWS's documentation. */
const credentials = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};

let server: S3Server;
beforeAll(async () => {
  server = await serveS3(credentials.secretAccessKey);
});
afterAll(() => server.close());
beforeEach(() => {
  server.requests.length = 0;
});

const open = (changes = {}) =>
  s3Media({
    endpoint: server.endpoint,
    bucket: 'pictures',
    prefix: "a project/+ü(it's)!*/",
    region: 'us-east-1',
    credentials,
    retryAfter: 1,
    ...changes,
  });

describe('the check of signatures that these tests rest on', () => {
  const example = (method: string, target: string, signed: string, headers: Record<string, string>) =>
    expectedSignature(
      {
        method,
        target,
        headers: {
          host: 'examplebucket.s3.amazonaws.com',
          'x-amz-date': '20130524T000000Z',
          ...headers,
          authorization: `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/20130524/us-east-1/s3/aws4_request,SignedHeaders=${signed}`,
        },
      },
      credentials.secretAccessKey,
    );
  const empty = { 'x-amz-content-sha256': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' };

  it('finds the signatures of the examples that AWS publishes', () => {
    expect(
      example('GET', '/test.txt', 'host;range;x-amz-content-sha256;x-amz-date', { range: 'bytes=0-9', ...empty }),
    ).toBe('f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41');
    expect(
      example('PUT', '/test%24file.text', 'date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class', {
        date: 'Fri, 24 May 2013 00:00:00 GMT',
        'x-amz-content-sha256': '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
        'x-amz-storage-class': 'REDUCED_REDUNDANCY',
      }),
    ).toBe('98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd');
    expect(example('GET', '/?lifecycle', 'host;x-amz-content-sha256;x-amz-date', empty)).toBe(
      'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
    );
    expect(example('GET', '/?max-keys=2&prefix=J', 'host;x-amz-content-sha256;x-amz-date', empty)).toBe(
      '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    );
  });
});

describe('media in a bucket', () => {
  it('come back as they were put, and are kept once', async () => {
    const media = open();
    const bytes = new Uint8Array(randomBytes(200_000));
    const sha256 = await media.put(bytes);
    expect(sha256).toBe(sha256Of(bytes));
    expect(await media.put(bytes)).toBe(sha256);
    expect(server.objects.size).toBe(1);
    expect(Buffer.from((await media.get(sha256)) ?? [])).toEqual(Buffer.from(bytes));
    await media.delete(sha256);
    await media.delete(sha256);
    expect(await media.get(sha256)).toBeNull();
    expect(server.requests[0]).toBe(
      `PUT /pictures/a%20project/%2B%C3%BC%28it%27s%29%21%2A/${sha256.slice(0, 2)}/${sha256}`,
    );
  });

  it('are refused where their bytes have changed', async () => {
    const media = open();
    const sha256 = await media.put(new Uint8Array([1, 2, 3]));
    const [address = ''] = [...server.objects.keys()].filter((key) => key.endsWith(sha256));
    server.objects.set(address, new Uint8Array([1, 2, 4]));
    await expect(media.get(sha256)).rejects.toThrow(MediaError);
    await expect(media.get('../../etc/passwd')).rejects.toThrow('is not a sha256');
  });

  it('are tried again after what may pass, and not for ever', async () => {
    const media = open();
    server.failures.push(503, 0, 429, 500);
    const sha256 = await media.put(new Uint8Array([7]));
    expect(server.requests).toHaveLength(5);
    server.failures.push(500, 500, 500, 500, 503);
    await expect(media.get(sha256)).rejects.toThrow(/503 SlowDown, 5 times/);
    expect(server.failures).toEqual([]);
    expect(await media.get(sha256)).toEqual(new Uint8Array([7]));
    await expect(open({ endpoint: 'http://127.0.0.1:1' }).get(sha256)).rejects.toThrow(/5 times\. Is http:.* up\?/);
  });

  it('say what to do where they are not let in', async () => {
    const wrong = { ...credentials, secretAccessKey: 'another' };
    await expect(open({ credentials: wrong }).put(new Uint8Array([1]))).rejects.toThrow(
      /403 SignatureDoesNotMatch\. Check the credentials/,
    );
    expect(server.requests).toHaveLength(1);
    await expect(open({ bucket: 'others' }).get('0'.repeat(64))).rejects.toThrow(/There is no such bucket/);
  });
});

describe('an address of media', () => {
  const environment = {
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  };

  it('leads to a bucket or to a folder', async () => {
    const endpoint = encodeURIComponent(server.endpoint);
    const media = mediaStore(`s3://pictures/some/where/?endpoint=${endpoint}&region=eu-north-1`, environment);
    const sha256 = await media.put(new Uint8Array([9]));
    expect(server.requests).toEqual([`PUT /pictures/some/where/${sha256.slice(0, 2)}/${sha256}`]);
    expect(mediaStore('some/folder').where).toBe('some/folder');
  });

  it('is refused with all that it lacks', () => {
    expect(() => mediaStore('s3://pictures', {})).toThrow(
      's3://pictures: it lacks region=… or AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY.',
    );
    expect(() => mediaStore('s3://pictures?secret=x&region=y', environment)).toThrow('secret is not known here');
  });
});
