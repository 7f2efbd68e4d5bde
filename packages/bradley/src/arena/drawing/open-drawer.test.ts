import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { decodeImage, identifyProcess } from '@bradley/formats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emojiFolder } from '../../emoji/names.js';
import { planPair } from '../plan-pair.js';
import { type Drawer, type DrawnPicture, openDrawer } from './open-drawer.js';

const built = new URL('../../../dist/arena/drawing/open-drawer.js', import.meta.url).href;
const quick = { steps: 2, guidance: 2 };
let drawer: Drawer;
beforeAll(async () => {
  drawer = await openDrawer(emojiFolder, { threads: 1, waiting: 2 });
});
afterAll(() => drawer.close());

const drawn = async (request: Parameters<Drawer['draw']>[0], signal?: AbortSignal): Promise<DrawnPicture[]> => {
  const pictures: DrawnPicture[] = [];
  await drawer.draw(request, (picture) => pictures.push(picture), signal);
  return pictures;
};
const sha = ({ png }: DrawnPicture): string => createHash('sha256').update(png).digest('hex');

/** The processes that this one has started for drawing. */
const drawing = (parent: number): number[] =>
  readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      const [arguments_, stat] = ['cmdline', 'stat'].map((name) => read(`/proc/${pid}/${name}`));
      return arguments_?.includes('draw-process.js') && statFields(stat)[4] === String(parent);
    });
/** Of a process that may end any moment. */
const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};
/** The fields of a /proc/<pid>/stat by their numbers in proc(5), from the third on: the second is a name that may hold spaces. */
const statFields = (stat = ''): string[] => ['', '', '', ...stat.slice(stat.lastIndexOf(')') + 2).split(' ')];

describe('a drawer', () => {
  it('draws in order, the same bytes for the same prompt and seed, each with its picture', async () => {
    const request = { prompts: ['cat', 'cat', 'pizza'], seeds: [1, 2, 1], ...quick };
    const pictures = await drawn(request);
    expect(pictures.map(({ index, prompt, seed }) => [index, prompt, seed])).toEqual([
      [0, 'cat', 1],
      [1, 'cat', 2],
      [2, 'pizza', 1],
    ]);
    expect(new Set(pictures.map(sha)).size).toBe(3);
    expect(await decodeImage(pictures[0]?.png as Uint8Array)).toMatchObject({ width: 64, height: 64 });
    expect((await drawn(request)).map(sha)).toEqual(pictures.map(sha));
  });

  it('redraws one drawing towards two looks, and leaves others alone', async () => {
    const looks = [...planPair('magnet', 5).looks, null];
    const pair = await drawn({
      prompts: ['magnet', 'magnet', 'magnet'],
      seeds: [5, 5, 5],
      looks,
      steps: 4,
      guidance: 2,
    });
    expect(new Set(pair.map(sha)).size).toBe(3);
    const [plain] = await drawn({ prompts: ['magnet'], seeds: [5], steps: 4, guidance: 2 });
    expect(sha(pair[2] as DrawnPicture)).toBe(sha(plain as DrawnPicture));
  });

  it('says which words the model does not know, and refuses a prompt of nothing else', async () => {
    expect(drawer.unknownWords('red quokka')).toEqual(['quokka']);
    expect(['red quokka', 'quokka', ''].map((prompt) => drawer.knows(prompt))).toEqual([true, false, false]);
    await expect(drawn({ prompts: ['cat', 'quokka'], seeds: [0, 0], ...quick })).rejects.toThrow(
      /"quokka" cannot be drawn: the model knows none of its words/,
    );
  });

  it('names the prompt and the reason where a picture cannot be drawn, and goes on', async () => {
    const adapter = 'nowhere.safetensors';
    await expect(drawn({ prompts: ['owl'], seeds: [0], adapter, ...quick })).rejects.toThrow(
      /"owl" could not be drawn: .*nowhere\.safetensors/,
    );
    expect(await drawn({ prompts: ['owl'], seeds: [0], ...quick })).toHaveLength(1);
  });

  it('draws no more for a request that is cancelled, and refuses more than may wait', async () => {
    const many = { prompts: Array(200).fill('cat'), seeds: Array(200).fill(0), ...quick };
    const cancel = new AbortController();
    const [first, second, third] = [
      drawn(many, cancel.signal),
      drawn({ ...many }, cancel.signal),
      drawn({ ...many }, cancel.signal),
    ];
    for (const request of [first, second, third]) request.catch(() => {});
    await expect(drawn(many)).rejects.toThrow(/2 requests for pictures wait already/);
    cancel.abort(new Error('enough'));
    for (const request of [first, second, third]) await expect(request).rejects.toThrow('enough');
    const began = performance.now();
    expect(await drawn({ prompts: ['cat'], seeds: [0], ...quick })).toHaveLength(1);
    expect(performance.now() - began).toBeLessThan(20_000); // 200 pictures take longer
  });

  it('goes on with a request whose process was killed, and loses and repeats no picture', async () => {
    const request = { prompts: Array(12).fill('dog face'), seeds: Array.from({ length: 12 }, (_, i) => i), ...quick };
    const whole = (await drawn(request)).map(sha);
    const pictures: DrawnPicture[] = [];
    await drawer.draw(request, (picture) => {
      pictures.push(picture);
      if (pictures.length === 4) for (const pid of drawing(process.pid)) process.kill(pid, 'SIGKILL');
    });
    expect(pictures.map(sha)).toEqual(whole);
  });

  it('rejects what waits when it is closed, and leaves no process', async () => {
    const closing = await openDrawer(emojiFolder, { threads: 1 });
    const request = closing.draw({ prompts: ['cat'], seeds: [0], steps: 50, guidance: 2 }, () => {});
    const own = drawing(process.pid);
    await Promise.all([expect(request).rejects.toThrow(/closed/), closing.close()]);
    expect(own).toHaveLength(2);
    expect(drawing(process.pid)).toHaveLength(1);
  });

  it('ends with its parent, even one that was killed', async () => {
    const script = `const { openDrawer } = await import(${JSON.stringify(built)});
      const drawer = await openDrawer(${JSON.stringify(emojiFolder)}, { threads: 1 });
      await drawer.draw({ prompts: ['cat'], seeds: [0], steps: 1, guidance: 1 }, () => console.log('drawn'));`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise((resolve) => parent.stdout.once('data', resolve));
    const [child = 0] = drawing(parent.pid as number);
    const niceness = statFields(read(`/proc/${child}/stat`))[19];
    expect(Number(niceness)).toBeGreaterThan(0);
    parent.kill('SIGKILL');
    await expect.poll(() => identifyProcess(child)).toBeNull();
  });
});
