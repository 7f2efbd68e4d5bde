import { randomBytes } from 'node:crypto';
import { lstat, mkdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { DownloadProgress } from './fetch-files.js';
import { filesIn, hubWorkplace, name, needed, sha256, text, unet, vae } from './hub-workplace.test-support.js';

const at = hubWorkplace();

describe('a model of the hub', () => {
  it('is fetched into the shared cache: what a pipeline needs, and nothing else', async () => {
    const model = await at.get();
    const commit = await readFile(join(at.cached, 'refs', 'main'), 'utf8');
    expect(model).toEqual({
      kind: 'folder',
      path: join(at.cached, 'snapshots', commit),
      name: `${name}@${commit}`,
      variant: null,
    });
    expect(await filesIn(model.path)).toEqual(Object.keys(needed).sort());
    for (const [path, bytes] of Object.entries(needed))
      expect(Buffer.compare(await readFile(join(model.path, path)), bytes)).toBe(0);
    expect(await readlink(join(model.path, unet))).toBe(`../../../blobs/${sha256(needed[unet] as Uint8Array)}`);
    expect(at.notes).toEqual([]);
  });

  it('is asked for nothing but its commit when all is there, and for nothing at all by its commit or offline', async () => {
    const model = await at.get();
    at.hub.seen.length = 0;
    expect(await at.get()).toEqual(model);
    expect(at.hub.seen.map(({ path }) => path.replace(/\?.*/, ''))).toEqual([`/api/models/${name}/revision/main`]);
    await at.hub.close();
    expect(await at.get({}, model.name)).toEqual(model);
    expect(await at.get({ offline: true })).toEqual(model);
    vi.stubEnv('HF_HUB_OFFLINE', '1');
    expect(await at.get()).toEqual(model);
  });

  it('is found where another client has put it', async () => {
    const commit = 'a'.repeat(40);
    for (const [path, bytes] of Object.entries(needed)) {
      const blob = join(at.cached, 'blobs', sha256(bytes));
      const place = join(at.cached, 'snapshots', commit, path);
      for (const folder of [join(blob, '..'), join(place, '..')]) await mkdir(folder, { recursive: true });
      await writeFile(blob, bytes);
      await symlink(blob, place);
    }
    await mkdir(join(at.cached, 'refs'));
    await writeFile(join(at.cached, 'refs', 'main'), commit);
    expect(await at.get({ offline: true })).toMatchObject({ name: `${name}@${commit}` });
  });

  it('shares the files that a new commit has not changed', async () => {
    const before = await at.get();
    at.hub.seen.length = 0;
    at.publish({ ...needed, [vae]: randomBytes(1200) });
    const after = await at.get();
    expect(after.name).not.toBe(before.name);
    expect(at.hub.seen.filter(({ host }) => host === 'cdn')).toHaveLength(1);
    expect(await at.get({ offline: true })).toEqual(after);
    expect(await at.get({ offline: true }, before.name)).toEqual(before);
  });

  it('tells how far it is, in bytes that end at the total', async () => {
    const seen: DownloadProgress[] = [];
    await at.get({ onProgress: (progress) => seen.push(progress) });
    const total = Object.values(needed).reduce((sum, { byteLength }) => sum + byteLength, 0);
    expect(new Set(seen.map(({ totalBytes }) => totalBytes))).toEqual(new Set([total]));
    expect(seen.map(({ doneBytes }) => doneBytes)).toEqual(
      seen.map(({ doneBytes }) => doneBytes).sort((a, b) => a - b),
    );
    expect(seen.at(-1)?.doneBytes).toBe(total);
    expect(new Set(seen.map(({ file }) => file))).toContain(unet);
  });

  it('may be a single file', async () => {
    const model = await at.get({}, `${name}:v1-5-pruned.safetensors`);
    expect(model).toMatchObject({ kind: 'file', name: expect.stringMatching(/^owner\/name@[0-9a-f]{40}:v1-5-/) });
    expect((await stat(model.path)).size).toBe(2000);
    expect(await filesIn(join(model.path, '..'))).toEqual(['v1-5-pruned.safetensors']);
    expect(await at.get({ offline: true }, model.name)).toEqual(model);
    await expect(at.get({}, `${name}:v1-5-pruned.ckpt`)).rejects.toThrow(/pickled/);
    await expect(at.get({}, `${name}:v2.safetensors`)).rejects.toThrow(/lacks v2|no v2\.safetensors/);
  });
});

describe('who may not read a model', () => {
  it('is told to accept the licence where there is one', async () => {
    (at.hub.repositories[name] as { access: string }).access = 'gated';
    await expect(at.get()).rejects.toThrow(
      /owner\/name: .* answered 401 .*accept the licence at .*\/owner\/name.*HF_TOKEN/,
    );
    vi.stubEnv('HF_TOKEN', at.hub.token);
    await at.get();
  });

  it('is told that there is none, or that it is private', async () => {
    (at.hub.repositories[name] as { access: string }).access = 'private';
    await expect(at.get()).rejects.toThrow(/not there or it is private.*set HF_TOKEN/);
    vi.stubEnv('HF_TOKEN', 'hf_wrong');
    await expect(at.get()).rejects.toThrow(/your token may not read it/);
    vi.stubEnv('HF_TOKEN', undefined);
    await writeFile(join(at.base, 'token'), `${at.hub.token}\n`);
    await at.get();
    await expect(at.get({}, 'owner/nothing')).rejects.toThrow(/answered 404 \(Repository not found\)/);
    await expect(at.get({}, 'owner/name@v9')).rejects.toThrow(/no such branch, tag or commit/);
    at.hub.faults.push({ at: /^hub\/api/, status: 403 });
    await expect(at.get()).rejects.toThrow(/answered 403\. Your token may not read/);
  });

  it('keeps the token from wherever the hub sends it', async () => {
    vi.stubEnv('HF_TOKEN', at.hub.token);
    await at.get();
    const tokens = (host: string) =>
      new Set(at.hub.seen.filter((seen) => seen.host === host).map(({ token }) => token));
    expect(tokens('hub')).toEqual(new Set([`Bearer ${at.hub.token}`]));
    expect(tokens('cdn')).toEqual(new Set([undefined]));
  });
});

describe('a name', () => {
  it('is a local path where there is one', async () => {
    vi.stubEnv('HF_ENDPOINT', 'http://127.0.0.1:1');
    const [folder, file] = [join(at.base, 'model'), join(at.base, 'model.safetensors')];
    await mkdir(join(folder, 'unet'), { recursive: true });
    await writeFile(file, '');
    expect(await at.get({}, folder)).toEqual({ kind: 'folder', path: folder, name: folder, variant: null });
    expect(await at.get({}, file)).toEqual({ kind: 'file', path: file, name: file, variant: null });
    await expect(at.get({ variant: 'fp16' }, file)).rejects.toThrow(/one file, and only a folder .* leave out fp16/);
  });

  it('of neither a path nor a repository is refused, with what was tried', async () => {
    await expect(at.get({}, './models/nowhere')).rejects.toThrow(
      /^\.\/models\/nowhere: there is no such file or folder \(\/.*\/models\/nowhere\).*owner\/name@revision/,
    );
    for (const wrong of [
      'nowhere',
      'a/b/c',
      '../nowhere',
      'owner/name@../../x',
      'owner/name:../x.safetensors',
      'owner/..x',
    ])
      await expect(at.get({}, wrong)).rejects.toThrow('no such file or folder');
    expect(at.hub.seen).toEqual([]);
  });

  it('that looks like a path here, and is none, is told as such before the hub is asked and after', async () => {
    const cwd = vi.spyOn(process, 'cwd').mockReturnValue(at.base);
    try {
      await mkdir(join(at.base, 'runs'));
      await expect(at.get({}, 'runs/nowhere')).rejects.toThrow(
        /^runs\/nowhere: there is no such folder or file here \(\/.*\/runs\/nowhere\), and as a model of the hub: ./,
      );
      expect(at.notes).toEqual([
        'runs/nowhere: there is no such folder or file here; taken for a name on the Hugging Face hub.',
      ]);
      await mkdir(join(at.base, 'owner'));
      expect(await at.get()).toMatchObject({ kind: 'folder' });
    } finally {
      cwd.mockRestore();
    }
  });

  it('of a file that leaves its folder makes the whole repository suspect', async () => {
    for (const path of ['../evil.json', 'unet/../../evil.json', '/etc/evil.json', 'a\\..\\evil.json', 'C:/evil.json']) {
      at.publish({ ...needed, [path]: text('x') });
      await expect(at.get()).rejects.toThrow(/lists a file that cannot be one.*Do not use this model/);
    }
    expect(await lstat(join(at.base, 'evil.json')).catch(() => null)).toBe(null);
  });
});

describe('offline', () => {
  it('names what is missing', async () => {
    const { path } = await at.get();
    await rm(join(path, vae));
    await rm(join(path, 'tokenizer/merges.txt'));
    await expect(at.get({ offline: true })).rejects.toThrow(
      /snapshots\/[0-9a-f]{40}.*Missing: tokenizer\/merges\.txt, vae\/diffusion_pytorch_model\.safetensors\. Run it once without/,
    );
    await at.get();
    expect(await at.get({ offline: true })).toMatchObject({ path });
  });

  it('says that a model was never fetched', async () => {
    await expect(at.get({ offline: true })).rejects.toThrow(/does not know its main .*refs\/main/);
    expect(at.hub.seen).toEqual([]);
  });
});
