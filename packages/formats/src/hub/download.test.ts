import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import type { DownloadProgress } from './fetch-files.js';
import type { Fault } from './hub-server.test-support.js';
import { filesIn, hubWorkplace, name, needed, sha256, unet, weights } from './hub-workplace.test-support.js';

const at = hubWorkplace();

describe('a download', () => {
  const noHalves = async (): Promise<void> => {
    expect((await filesIn(at.cached)).filter((path) => path.startsWith('snapshots'))).toEqual([]);
  };

  it('goes on after a connection that was cut, from the byte where it was', async () => {
    at.hub.faults.push(at.cutAfter(100_000));
    await at.get();
    expect(at.unetRanges()).toEqual([undefined, 'bytes=100000-']);
    expect(at.hub.seen.findLast(({ range }) => range !== undefined)).toMatchObject({
      host: 'cdn',
      ifRange: `"cdn-${sha256(weights[unet] as Uint8Array)}"`,
    });
    expect(at.notes).toEqual([expect.stringMatching(/unet.*the connection was cut.*trying again in 0\.5 s/)]);
  });

  it('goes on where an earlier one was ended, which left nothing in the snapshot', async () => {
    const controller = new AbortController();
    at.hub.faults.push(at.cutAfter(100_000));
    const onNote = (): void => controller.abort();
    await expect(at.get({ signal: controller.signal, onNote })).rejects.toThrow(/abort/i);
    await noHalves();
    await expect(at.get({ offline: true })).rejects.toThrow(/does not know its main/);
    const seen: DownloadProgress[] = [];
    await at.get({ onProgress: (progress) => seen.push(progress) });
    expect(at.unetRanges()).toEqual([undefined, 'bytes=100000-']);
    expect(await filesIn(join(at.cached, 'blobs'))).toHaveLength(Object.keys(needed).length);
  });

  it.each<[string, Fault]>([
    ['has changed its file meanwhile', { at: /^cdn.*unet/, etag: '"other"' }],
    ['knows no ranges', { at: /^cdn.*unet/, wholeOnly: true }],
    ['says that there is no more', { at: /^cdn.*unet/, status: 416 }],
  ])('begins again when the server %s', async (_, fault) => {
    at.hub.faults.push(at.cutAfter(100_000), fault);
    const { path } = await at.get();
    expect(Buffer.compare(await readFile(join(path, unet)), weights[unet] as Uint8Array)).toBe(0);
  });

  it('begins again when the repository has another file since', async () => {
    const changed = randomBytes(300_000);
    at.hub.faults.push(at.cutAfter(100_000));
    at.publish({ ...needed, [unet]: randomBytes(300_000) });
    const controller = new AbortController();
    await expect(at.get({ signal: controller.signal, onNote: () => controller.abort() })).rejects.toThrow();
    at.hub.seen.length = 0;
    at.publish({ ...needed, [unet]: changed });
    expect(Buffer.compare(await readFile(join((await at.get()).path, unet)), changed)).toBe(0);
    expect(at.unetRanges()).toEqual([undefined]);
  });

  it('throws away what an earlier one left when it does not belong to the file', async () => {
    await mkdir(join(at.cached, 'blobs'), { recursive: true });
    const hash = sha256(needed[unet] as Uint8Array);
    const left = join(at.cached, 'blobs', `${hash}.elsewhere-1.0.incomplete`);
    await writeFile(left, 'something else');
    await utimes(left, 0, 0);
    await at.get();
    expect(at.unetRanges()).toEqual(['bytes=14-', undefined]);
    expect(at.notes).toEqual([expect.stringMatching(/is not part of this file/)]);
  });

  it('leaves alone what a process of another computer is writing', async () => {
    const left = join(at.cached, 'blobs', `${sha256(needed[unet] as Uint8Array)}.elsewhere-1.0.incomplete`);
    await mkdir(join(at.cached, 'blobs'), { recursive: true });
    await writeFile(left, 'its beginning');
    await at.get();
    expect(at.unetRanges()).toEqual([undefined]);
    expect(await readFile(left, 'utf8')).toBe('its beginning');
  });

  it('tries again when the server is busy, or says nothing', async () => {
    vi.stubEnv('HF_HUB_DOWNLOAD_TIMEOUT', '3');
    at.hub.faults.push(
      { at: /^hub\/api/, status: 503 },
      { at: /^cdn.*unet/, status: 503 },
      { at: /^cdn.*unet/, status: 503 },
      { at: /^cdn.*vae/, stall: true },
    );
    await at.get();
    expect(at.notes).toEqual([
      expect.stringMatching(/answered 503; trying again in 0\.5 s/),
      expect.stringMatching(/^unet.*answered 503; trying again in 0\.5 s/),
      expect.stringMatching(/^unet.*answered 503; trying again in 1 s/),
      expect.stringMatching(/^vae.*sent nothing for 3 seconds/),
    ]);
  });

  it('refuses bytes that are not the file, and keeps none of them', async () => {
    at.hub.faults.push({ at: /^cdn.*unet/, garbled: true });
    await expect(at.get()).rejects.toThrow(/owner\/name: unet.* arrived with the hash [0-9a-f]{64}, but .* lists/);
    await noHalves();
    expect((await filesIn(join(at.cached, 'blobs'))).filter((file) => file.endsWith('incomplete'))).toEqual([]);
    at.hub.faults.push({ at: /^hub\/owner\/name\/resolve.*unet.*safetensors/, linkedEtag: 'f'.repeat(64) });
    await expect(at.get()).rejects.toThrow(/has changed on .* since it was listed/);
    await at.get();
  });

  it('may be done by two processes at once', async () => {
    const module = fileURLToPath(new URL('../../dist/index.js', import.meta.url));
    const script = `const { resolveModel } = await import(${JSON.stringify(module)}); console.log((await resolveModel('${name}')).path)`;
    const one = () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
    const [first, second, third] = await Promise.all([one(), one(), at.get()]);
    expect(first.stdout.trim()).toBe(third.path);
    expect(second.stdout).toBe(first.stdout);
    for (const [path, bytes] of Object.entries(needed))
      expect(Buffer.compare(await readFile(join(third.path, path)), bytes)).toBe(0);
    expect(await filesIn(join(at.cached, 'blobs'))).toHaveLength(Object.keys(needed).length);
  });

  it('does not begin where the disk has no room', async () => {
    const huge = Object.defineProperty(Buffer.from('x'), 'byteLength', { value: 2 ** 52 });
    at.publish({ ...needed, [unet]: huge });
    await expect(at.get()).rejects.toThrow(/needs 4503599\.6 GB and the disk has [\d.]+ GB free.*HF_HUB_CACHE/);
    expect(at.hub.seen.filter(({ host }) => host === 'cdn')).toEqual([]);
  });
});
