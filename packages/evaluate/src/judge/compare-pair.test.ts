import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeImage, type RgbImage } from '@bradley/formats';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { comparePair } from './compare-pair.js';
import { type Judge, openJudge } from './judge.js';
import { loadJudgeConfig } from './judge-config.js';
import { type Handler, type JudgeServer, says, serveJudge } from './judge-server.test-support.js';
import { yesNoQuestion } from './questions.js';

let folder: string;
let server: JudgeServer;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pair-'));
  server = await serveJudge();
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const dot = (red: number): RgbImage => ({ width: 2, height: 1, data: Uint8Array.of(red, 1, 2, 3, 4, 5) });

async function openTestJudge(): Promise<Judge> {
  const path = join(folder, 'judge.yaml');
  await writeFile(path, `endpoint: ${server.endpoint}\nmodel: test-model\nrubric: Is it red?\n`);
  return openJudge(await loadJudgeConfig(path), { cache: folder });
}

describe('a pair', () => {
  const byRed =
    (prefer: (a: number, b: number) => string): Handler =>
    async (response, request) => {
      const urls = request.body.messages[1].content.flatMap(({ image_url }) => (image_url ? [image_url.url] : []));
      const [a, b] = await Promise.all(
        urls.map(async (url) => (await decodeImage(Buffer.from(url.split(',')[1] ?? '', 'base64'))).data[0]),
      );
      says(JSON.stringify({ reason: '', better: prefer(a as number, b as number) }))(response, request);
    };
  const pair = { prompt: 'p', first: dot(200), second: dot(100) };

  it('is won by the picture that wins in both orders', async () => {
    server.otherwise = byRed((a, b) => (a > b ? 'A' : 'B'));
    const judge = await openTestJudge();
    expect(await comparePair(judge, pair)).toEqual({ winner: 'first', asked: ['first', 'first'], consistent: true });
    const swapped = { ...pair, first: pair.second, second: pair.first };
    expect((await comparePair(judge, swapped)).winner).toBe('second');
    expect(server.requests).toHaveLength(2);
  });

  it('is a tie for a judge that prefers a side, and says so', async () => {
    server.otherwise = says('{"better":"A"}');
    expect(await comparePair(await openTestJudge(), pair)).toEqual({
      winner: 'tie',
      asked: ['first', 'second'],
      consistent: false,
    });
  });

  it('is won where one order is a tie', async () => {
    server.otherwise = byRed((a, b) => (a > b ? 'tie' : 'B'));
    expect(await comparePair(await openTestJudge(), pair)).toEqual({
      winner: 'first',
      asked: ['tie', 'first'],
      consistent: false,
    });
  });
});

it('answers yes and no', async () => {
  const judge = await openTestJudge();
  server.next = [says('{"answer":"yes"}'), says('No, there is not.')];
  expect(await judge.ask(yesNoQuestion('Is there a dot?', dot(1)))).toBe(true);
  expect(await judge.ask(yesNoQuestion('Is there a cup?', dot(1)))).toBe(false);
});
