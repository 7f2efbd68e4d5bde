import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeImage, type RgbImage } from '@bradley/formats';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { openScorer } from '../scorers/open-scorer.js';
import type { Scorer } from '../scorers/scorer.js';
import type { ScorerOptions } from '../scorers/scorer-kind.js';
import {
  type ChatRequest,
  type Handler,
  type JudgeServer,
  says,
  serveJudge,
  status,
} from './judge-server.test-support.js';

const key = 'sk-very-secret-0123456789';
let base: string;
let folder: string;
let server: JudgeServer;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'judge-'));
});
afterAll(() => rm(base, { recursive: true }));
let folders = 0;
beforeEach(async () => {
  folder = join(base, String(folders++));
  server = await serveJudge();
  vi.stubEnv('JUDGE_KEY', key);
});
afterEach(async () => {
  await server.close();
  vi.unstubAllEnvs();
});

const dot = (red: number): RgbImage => ({ width: 2, height: 1, data: Uint8Array.of(red, 1, 2, 3, 4, 5) });
const item = (red: number) => ({ prompt: 'a red dot', image: dot(red) });

async function judgeFile(more = ''): Promise<string> {
  const path = join(base, `judge-${folders++}.yaml`);
  await writeFile(path, `endpoint: ${server.endpoint}\nmodel: test-model\nrubric: Is it red?\n${more}`);
  return path;
}
const openJudgeScorer = async (more = '', options: ScorerOptions = {}): Promise<Scorer> =>
  openScorer(`judge:${await judgeFile(more)}`, { cache: folder, ...options });

describe('a judge', () => {
  it('is sent rubric, prompt and picture, and its score is read', async () => {
    server.otherwise = says('{"reason":"quite","score":7.5}');
    const scorer = await openJudgeScorer('apiKeyVariable: JUDGE_KEY\n');
    expect([...(await scorer.score([item(200)]))]).toEqual([7.5]);
    const { headers, url, body } = server.requests[0] as ChatRequest;
    expect(url).toBe('/v1/chat/completions');
    expect(headers.authorization).toBe(`Bearer ${key}`);
    expect(body).toMatchObject({ model: 'test-model', temperature: 0, max_tokens: 300 });
    expect(body.messages[0].content).toMatch(/score.*from 1 to 10[\s\S]*Is it red\?/);
    const [text, picture] = body.messages[1].content;
    expect(text?.text).toBe('Prompt: "a red dot"');
    const [head, data = ''] = (picture?.image_url?.url ?? '').split(',');
    expect(head).toBe('data:image/png;base64');
    expect(await decodeImage(Buffer.from(data, 'base64'))).toEqual(dot(200));
  });

  it('is asked once for each picture and sample: a later run costs nothing', async () => {
    let n = 0;
    server.otherwise = (response, request) => says(`{"reason":"","score":${1 + (n++ % 4)}}`)(response, request);
    const more = 'samples: 4\ntemperature: 1\nprices: { input: 1, output: 10 }\nconcurrency: 1\n';
    const notes: string[] = [];
    const first = await openJudgeScorer(more, { onNote: (text) => notes.push(text) });
    expect([...(await first.score([item(1), item(2)]))]).toEqual([2.5, 2.5]);
    await first.release();
    const second = await openJudgeScorer(more, { onNote: (text) => notes.push(text) });
    expect([...(await second.score([item(2), item(1)]))]).toEqual([2.5, 2.5]);
    await second.release();
    await (await openJudgeScorer(more, { onNote: (text) => notes.push(text) })).release(); // asked nothing, says nothing
    expect(server.requests).toHaveLength(8);
    expect(notes).toEqual([
      'test-model: 8 calls, 0 answers kept from before, 8,000 + 800 tokens, cost 0.0160',
      'test-model: 0 calls, 8 answers kept from before, 0 + 0 tokens, cost 0.00',
    ]);
  });

  it('has another identity with another rubric, and not with another budget', async () => {
    const identity = async (more: string) => (await openJudgeScorer(more)).identity;
    expect(await identity('timeout: 3\nbudget: { calls: 3 }\n')).toBe(await identity(''));
    expect(await identity('range: [0, 1]\n')).not.toBe(await identity(''));
  });

  it('never has more requests under way than it is told', async () => {
    // None is answered before there are three, and then only after a fourth has had time to come.
    let held: (() => void)[] = [];
    server.otherwise = (response, request) => {
      held.push(() => says('{"score":3}')(response, request));
      if (held.length < 3) return;
      const three = held;
      held = [];
      setTimeout(() => three.forEach((answer) => void answer()), 5);
    };
    const scorer = await openJudgeScorer('concurrency: 3\n');
    await scorer.score(Array.from({ length: 12 }, (_, i) => item(i)));
    expect(server.most()).toBe(3);
  });

  it('is reached without a schema or temperature where its server knows none', async () => {
    await (await openJudgeScorer('jsonSchema: false\ntemperature: null\n')).score([item(0)]);
    const { body } = server.requests[0] as ChatRequest;
    expect(body).not.toHaveProperty('response_format');
    expect(body).not.toHaveProperty('temperature');
  });
});

describe('the key', () => {
  it('is in no file, no error and no note, even where the server repeats it', async () => {
    const notes: string[] = [];
    const scorer = await openJudgeScorer('apiKeyVariable: JUDGE_KEY\ntries: 2\n', {
      onNote: (text) => notes.push(text),
    });
    server.next = [status(500, {}, `who is ${key}?`)];
    await scorer.score([item(0)]);
    server.next = [status(401, {}, `no such key: ${key}`)];
    const error = await scorer.score([item(1)]).catch((reason: Error) => reason);
    expect((error as Error).message).toMatch(/401.*\[the key\].*apiKeyVariable/);
    server.next = [status(302, { location: `http://elsewhere.example/${key}` })];
    const redirected = await scorer.score([item(1)]).catch((reason: Error) => reason);
    expect((redirected as Error).message).toContain('[the key]');
    await scorer.release();
    expect(JSON.stringify([notes, String(error), String(redirected)])).not.toContain(key);
    for (const file of await readdir(folder, { recursive: true, withFileTypes: true }))
      if (file.isFile()) expect(await readFile(join(file.parentPath, file.name), 'utf8')).not.toContain(key);
  });

  it('is not there in part where the server repeats it at the end of what is shown', async () => {
    const scorer = await openJudgeScorer('apiKeyVariable: JUDGE_KEY\n');
    server.next = [status(401, {}, `${'x'.repeat(290)}${key}`)];
    const error = await scorer.score([item(0)]).catch((reason: Error) => reason);
    expect(String(error)).toContain('xxx');
    expect(String(error)).not.toContain(key.slice(0, 5));
  });

  it.each(['sk-one\nsk-two', 'sk-“quoted”', 'sk one'])('%j is none, and is not shown', async (wrong) => {
    vi.stubEnv('JUDGE_KEY', wrong);
    const error = await openJudgeScorer('apiKeyVariable: JUDGE_KEY\n').catch((reason: Error) => reason);
    expect(String(error)).toMatch(/JUDGE_KEY holds no key/);
    expect(String(error)).not.toContain('sk');
  });

  it('does not follow a redirect', async () => {
    const other = await serveJudge();
    try {
      server.otherwise = status(307, { location: `${other.endpoint}/chat/completions` });
      const scorer = await openJudgeScorer('apiKeyVariable: JUDGE_KEY\n');
      await expect(scorer.score([item(0)])).rejects.toThrow(/redirects to .*which is not followed/);
      expect(other.requests).toEqual([]);
    } finally {
      await other.close();
    }
  });

  it('is asked for where the environment has none', async () => {
    vi.stubEnv('JUDGE_KEY', '');
    await expect(openJudgeScorer('apiKeyVariable: JUDGE_KEY\n')).rejects.toThrow('JUDGE_KEY is not set');
  });
});

/** What goes wrong, and after how many seconds a request is given up: long enough for a slow machine to answer the second. */
const broken: readonly [string, Handler, number][] = [
  ['answers 500', status(500), 60],
  [
    'cuts its JSON',
    (response) => void response.setHeader('content-type', 'application/json').end('{"choices":[{"mess'),
    60,
  ],
  ['breaks the connection', (response) => void response.socket?.destroy(), 60],
  [
    'breaks off within the body',
    (response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' }).write('{"choices"');
      setTimeout(() => response.socket?.destroy(), 10);
    },
    60,
  ],
  ['hangs', () => {}, 5],
];

describe('a server that', () => {
  it.concurrent.each(broken)('%s once is asked again', async (_, handler, timeout) => {
    const own = await serveJudge();
    try {
      own.next = [handler];
      const path = join(base, `own-${folders++}.yaml`);
      await writeFile(path, `endpoint: ${own.endpoint}\nmodel: m\nrubric: r\ntimeout: ${timeout}\n`);
      const scorer = await openScorer(`judge:${path}`, { cache: join(base, `own-${folders++}`) });
      expect([...(await scorer.score([item(0)]))]).toEqual([5]);
      expect(own.requests).toHaveLength(2);
    } finally {
      await own.close();
    }
  });

  it('is busy is left alone for as long as it asks', async () => {
    server.next = [status(429, { 'retry-after': '1' })];
    const scorer = await openJudgeScorer();
    const started = performance.now();
    await scorer.score([item(0)]);
    expect(performance.now() - started).toBeGreaterThan(990);
  });

  it('fails requests that go together is told of once', async () => {
    const notes: string[] = [];
    const scorer = await openJudgeScorer('concurrency: 3\n', { onNote: (text) => notes.push(text) });
    server.next = Array.from({ length: 3 }, () => status(503, {}, 'overloaded'));
    await scorer.score([item(0), item(1), item(2)]);
    expect(notes.filter((text) => text.includes('Another try in'))).toHaveLength(1);
  });

  it('stays broken is given up after its tries, and says what happened', async () => {
    server.otherwise = status(503, {}, 'overloaded');
    const scorer = await openJudgeScorer('tries: 2\n');
    await expect(scorer.score([item(0)])).rejects.toThrow(/503: "overloaded".*Gave up after 2 tries.*kept/);
    expect(server.requests).toHaveLength(2);
  });

  it.each<[string, Handler, RegExp]>([
    ['is a web page', status(200, { 'content-type': 'text/html' }, '<html>'), /text\/html where JSON is expected/],
    [
      'sends too much',
      status(200, { 'content-type': 'application/json' }, ' '.repeat(5_000_000)),
      /more than 4194304 bytes/,
    ],
    [
      'answers otherwise',
      status(200, { 'content-type': 'application/json' }, '{"text":"5"}'),
      /not answer as chat completions/,
    ],
    ['knows no such address', status(404), /404.*Is endpoint the address before/],
  ])('%s is not asked again', async (_, handler, reason) => {
    server.otherwise = handler;
    await expect((await openJudgeScorer()).score([item(0)])).rejects.toThrow(reason);
    expect(server.requests).toHaveLength(1);
  });

  it.each<[string, Handler, RegExp]>([
    ['nonsense', says('It is lovely.'), /no usable answer in 3 tries: expected JSON with a score from 1 to 10/],
    ['a score out of range', says('{"score": 11}'), /a score from 1 to 10/],
    [
      'half an answer',
      says('{"reason":"it', { choice: { finish_reason: 'length' } }),
      /ended early \(length\): raise maxTokens/,
    ],
    ['a refusal', says(null, { message: { refusal: 'I cannot.' } }), /ended early \(I cannot\.\)/],
  ])('gives %s is asked three times, then that is an error', async (_, handler, reason) => {
    server.otherwise = handler;
    await expect((await openJudgeScorer()).score([item(0)])).rejects.toThrow(reason);
    expect(server.requests).toHaveLength(3);
  });
});

describe('a budget', () => {
  it('of calls stops where it is used up; what was answered is kept, and a larger one goes on', async () => {
    const items = [0, 1, 2, 3, 4].map(item);
    const scorer = await openJudgeScorer('budget: { calls: 3 }\n');
    await expect(scorer.score(items)).rejects.toThrow(/budget of 3 calls .* 3 calls.*is kept: run it again/);
    expect(server.requests).toHaveLength(3);
    expect([...(await (await openJudgeScorer('budget: { calls: 2 }\n')).score(items))]).toEqual([5, 5, 5, 5, 5]);
    expect(server.requests).toHaveLength(5);
  });

  it('of money is never gone over where calls cost alike, however many go together', async () => {
    server.otherwise = (response, request) => void setTimeout(() => says('{"score":3}')(response, request), 5);
    const scorer = await openJudgeScorer(
      'prices: { input: 1000, output: 0 }\nbudget: { money: 3.5 }\nconcurrency: 8\n',
    );
    await expect(scorer.score(Array.from({ length: 9 }, (_, i) => item(i)))).rejects.toThrow(
      /budget of 3.5 .*cost 3.00/,
    );
    expect(server.requests).toHaveLength(3); // of 1.0 each
  });

  it('of money needs a server that counts', async () => {
    server.otherwise = says('{"score":3}', { usage: null });
    const scorer = await openJudgeScorer('prices: { input: 1, output: 1 }\nbudget: { money: 1 }\n');
    await expect(scorer.score([item(0), item(1)])).rejects.toThrow(/cannot be kept.*budget\.calls/);
    expect(server.requests).toHaveLength(1);
  });
});
