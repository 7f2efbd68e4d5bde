import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  addFolder,
  asPage,
  complaintsOf,
  openBrowser,
  type ServedArena,
  screenshot,
  seriousFindings,
  serveArena,
  toldOf,
  writeFiles,
} from './browser.test-support.js';

let arena: ServedArena;
let browser: Browser;
let page: Page;
let complaints: string[];
beforeAll(async () => {
  [browser, arena] = await Promise.all([openBrowser(), serveArena()]);
  page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
  complaints = complaintsOf(page);
  await page.goto(`${arena.address}/projects`);
});
afterAll(async () => {
  await browser?.close();
  await arena?.close();
});

/** A project with the things of a folder to compare, opened where one chooses. */
async function choosing(id: string, modality: string, files: Record<string, Uint8Array | string>): Promise<void> {
  await asPage(page, 'POST', '/api/projects', { id, name: id, settings: { modality, draw: false } });
  await page.goto(`${arena.address}/p/${id}/data`);
  await addFolder(page, await writeFiles(join(arena.folder, 'sent', id), files));
  await page.goto(`${arena.address}/p/${id}`);
  await page.locator('.candidate').nth(1).waitFor();
}

/** Looks at the page as it is, at a desk and on a telephone. */
async function look(name: string): Promise<void> {
  for (const width of [390, 1280]) {
    await page.setViewportSize({ width, height: width === 390 ? 844 : 800 });
    await screenshot(page, `${name}-${width}`);
    expect(await page.evaluate(() => document.documentElement.scrollWidth), name).toBeLessThanOrEqual(width);
    expect(await seriousFindings(page), name).toEqual([]);
  }
}

/** The last comparison that the server has: the model that won, and that of the candidate that stood at a place. */
async function told(project: string, count: number) {
  await expect.poll(async () => (await toldOf(page, project)).length).toBe(count);
  const { outcome, candidates, shown } = (await toldOf(page, project)).at(-1) as Awaited<
    ReturnType<typeof toldOf>
  >[number];
  return { won: candidates[outcome.index ?? -1]?.model, at: shown.map((index) => candidates[index]?.model) };
}

/** A film of a ball that moves, as the browser records it: without a length in its head. */
const film = (colour: string): Promise<Uint8Array> =>
  page
    .evaluate(async (colour) => {
      const canvas = Object.assign(document.createElement('canvas'), { width: 320, height: 180 });
      const context = canvas.getContext('2d') as CanvasRenderingContext2D;
      const recorder = new MediaRecorder(canvas.captureStream(30), { mimeType: 'video/webm;codecs=vp8' });
      const parts: Blob[] = [];
      recorder.ondataavailable = ({ data }) => parts.push(data);
      recorder.start();
      const began = performance.now();
      await new Promise<void>((resolve) => {
        const timer = setInterval(() => {
          const at = (performance.now() - began) / 1500;
          context.fillStyle = '#eee';
          context.fillRect(0, 0, 320, 180);
          context.fillStyle = colour;
          context.fillRect(at * 280, 70, 40, 40);
          if (at > 1) {
            clearInterval(timer);
            resolve();
          }
        }, 30);
      });
      await new Promise((resolve) => {
        recorder.onstop = resolve;
        recorder.stop();
      });
      return [...new Uint8Array(await new Blob(parts).arrayBuffer())];
    }, colour)
    .then((bytes) => new Uint8Array(bytes));

interface Player {
  readonly at: number;
  readonly paused: boolean;
  readonly ended: boolean;
  readonly duration: number;
}
const players = (kind: 'video' | 'audio'): Promise<Player[]> =>
  page.locator(`.stage ${kind}`).evaluateAll((all) =>
    (all as HTMLMediaElement[]).map(({ currentTime, paused, ended, duration }) => ({
      at: currentTime,
      paused,
      ended,
      duration,
    })),
  );
const apart = ([first, second]: Player[]) => Math.abs((first?.at ?? 0) - (second?.at ?? 9));

describe('videos', () => {
  it('play together by themselves, pause and go on by the space bar, and go round', async () => {
    const [red, blue] = await Promise.all([film('#c22'), film('#22c')]);
    await choosing('films', 'video', {
      ...{ 'one/ball.webm': red, 'two/ball.webm': blue, 'one/again.webm': red, 'two/again.webm': blue },
    });
    await expect.poll(async () => (await players('video')).every(({ at, paused }) => at > 0.2 && !paused)).toBe(true);
    await page.keyboard.press(' ');
    await expect.poll(async () => (await players('video')).every(({ paused }) => paused)).toBe(true);
    const [stopped, later] = [await players('video'), await page.waitForTimeout(300).then(() => players('video'))];
    expect(later.map(({ at }) => at)).toEqual(stopped.map(({ at }) => at));
    expect(apart(later)).toBeLessThan(0.15);
    expect(later.every(({ duration }) => duration > 1.2 && duration < 3)).toBe(true);

    await page.keyboard.press(' ');
    const times: number[] = [];
    await expect
      .poll(
        async () => {
          const now = await players('video');
          times.push(now[0]?.at ?? 0);
          return now.every(({ paused }) => !paused) && times.some((at, i) => at < (times[i - 1] ?? 0) - 0.5);
        },
        { interval: 60, timeout: 8000 },
      )
      .toBe(true);
    await expect.poll(async () => apart(await players('video'))).toBeLessThan(0.15);
  });

  it('are sought together, and show where they are', async () => {
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByLabel('Time in all videos').fill('1');
    await expect.poll(async () => (await players('video')).map(({ at }) => at)).toEqual([1, 1]);
    await page.getByText(/^1\.0 \/ [12]\.\d s$/).waitFor();
    await look('videos');
  });

  it('are chosen by keys, also with the keyboard at their controls', async () => {
    await page.getByRole('button', { name: 'Play' }).focus();
    await page.keyboard.press('ArrowRight');
    const first = await told('films', 1);
    expect(first.won).toBe(first.at[1]);
    await expect.poll(async () => (await players('video')).every(({ at, paused }) => at > 0.2 && !paused)).toBe(true);
    await page.keyboard.press('1');
    const second = await told('films', 2);
    expect(second.won).toBe(second.at[0]);
  });
});

/** Seconds of a tone, as WAV of 8,000 samples a second. */
function tone(hertz: number, seconds: number): Uint8Array {
  const samples = Math.round(8000 * seconds);
  const bytes = Buffer.alloc(44 + 2 * samples);
  bytes.write('RIFF');
  bytes.writeUInt32LE(36 + 2 * samples, 4);
  bytes.write('WAVEfmt ', 8);
  for (const [at, value] of [
    [16, 16],
    [24, 8000],
    [28, 16_000],
  ] as const)
    bytes.writeUInt32LE(value, at);
  for (const [at, value] of [
    [20, 1],
    [22, 1],
    [32, 2],
    [34, 16],
  ] as const)
    bytes.writeUInt16LE(value, at);
  bytes.write('data', 36);
  bytes.writeUInt32LE(2 * samples, 40);
  for (let i = 0; i < samples; i++)
    bytes.writeInt16LE(Math.round(8000 * Math.sin((2 * Math.PI * hertz * i) / 8000)), 44 + 2 * i);
  return new Uint8Array(bytes);
}

describe('recordings', () => {
  it('play one after the other by the space bar, and stop by it', async () => {
    const [low, high] = [tone(220, 0.7), tone(440, 0.7)];
    await choosing('tones', 'audio', {
      ...{ 'one/tone.wav': low, 'two/tone.wav': high, 'one/again.wav': low, 'two/again.wav': high },
    });
    const playing = async () => (await players('audio')).map(({ paused }) => !paused);
    await expect.poll(async () => (await players('audio')).every(({ duration }) => duration === 0.7)).toBe(true);
    await page.keyboard.press(' ');
    await expect.poll(playing, { interval: 20 }).toEqual([true, false]);
    await expect.poll(playing, { interval: 20 }).toEqual([false, true]);
    await expect.poll(playing, { interval: 20 }).toEqual([false, false]);
    expect((await players('audio')).every(({ ended }) => ended)).toBe(true);
    await page.keyboard.press(' ');
    await expect.poll(playing, { interval: 20 }).toEqual([true, false]);
    await page.keyboard.press(' ');
    await expect.poll(playing, { interval: 20 }).toEqual([false, false]);
    await look('recordings');
  });

  it('are chosen by keys', async () => {
    await page.keyboard.press('j');
    const { won, at } = await told('tones', 1);
    expect(won).toBe(at[1]);
  });
});

describe('texts', () => {
  const markup = '<b>bold</b> <img src=x onerror="document.title=1"> & more';
  const long = Array.from({ length: 120 }, (_, i) => `Line ${i + 1} of a text that is long.`).join('\n');

  it('are shown as they are written, equally high, and the markup in them is text', async () => {
    await choosing('texts', 'text', {
      ...{ 'one/poem.txt': `${markup}\n${long}`, 'two/poem.txt': `${markup}\nA short one.` },
      ...{ 'one/again.txt': markup, 'two/again.txt': `${long}\n${markup}` },
    });
    for (const text of await page.locator('.reading').allTextContents()) expect(text).toContain(markup);
    expect(await page.locator('.reading *').count()).toBe(0);
    for (const width of [390, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      const heights = await page
        .locator('.candidate')
        .evaluateAll((all) => all.map((one) => one.getBoundingClientRect().height));
      expect(heights[0], `${width}`).toBe(heights[1]);
    }
    await look('texts');
  });

  it('scroll by keyboard, and choose nothing by that', async () => {
    const readings = page.locator('.reading');
    const longer = (await readings.nth(0).evaluate((one) => one.scrollHeight > one.clientHeight)) ? 0 : 1;
    const scrolled = () => readings.nth(longer).evaluate((one) => one.scrollTop);
    await page.locator('body').press('Tab');
    for (let i = 0; i < 30 && !(await readings.nth(longer).evaluate((one) => one === document.activeElement)); i++)
      await page.keyboard.press('Tab');
    let before = 0;
    for (const key of ['ArrowDown', 'PageDown', 'End']) {
      await page.keyboard.press(key);
      await expect.poll(scrolled, { message: key }).toBeGreaterThan(before);
      await page.waitForTimeout(250); // it scrolls smoothly
      before = await scrolled();
    }
    await page.keyboard.press('Home');
    await expect.poll(scrolled).toBe(0);
    await page.keyboard.press(' ');
    await expect.poll(scrolled).toBeGreaterThan(0);
    expect(await toldOf(page, 'texts')).toEqual([]);
    await page.keyboard.press('ArrowLeft');
    const { won, at } = await told('texts', 1);
    expect(won).toBe(at[0]);
  });
});

it('gives the browser nothing to complain of', () => expect(complaints).toEqual([]));
