import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { nextSchema, Presentation, voteResultSchema } from '@bradley/arena-contract';
import type { z } from 'zod';
import { projectId } from './arena-project.js';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly milliseconds: number;
}

/** One browser: a connection that is kept, cookies, the token against forgery. */
export interface Browser {
  ask(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Answer>;
  close(): void;
}

export function openBrowser(port: number): Browser {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const cookies = new Map<string, string>();
  let csrf: string | null = null;
  const origin = `http://127.0.0.1:${port}`;
  const send = (method: string, path: string, body?: unknown): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const began = performance.now();
      const text = body === undefined ? undefined : JSON.stringify(body);
      const headers: Record<string, string> = { origin };
      if (cookies.size > 0) headers.cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      if (csrf !== null) headers['x-csrf-token'] = csrf;
      if (text !== undefined) {
        headers['content-type'] = 'application/json';
        headers['content-length'] = String(Buffer.byteLength(text));
      }
      const asked = request({ host: '127.0.0.1', port, method, path, headers, agent }, (answer) => {
        for (const line of answer.headers['set-cookie'] ?? []) {
          const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
          cookies.set(name, value);
        }
        let got = '';
        answer.setEncoding('utf8');
        answer.on('data', (part: string) => {
          got += part;
        });
        answer.on('error', reject);
        answer.on('end', () => {
          const milliseconds = performance.now() - began;
          resolve({ status: answer.statusCode ?? 0, body: got === '' ? null : JSON.parse(got), milliseconds });
        });
      });
      asked.on('error', reject);
      asked.end(text);
    });
  return {
    async ask(method, path, body) {
      if (method === 'POST' && csrf === null) csrf = await csrfOf(send);
      const answer = await send(method, path, body);
      // Who signs in or joins gets another token.
      if (/^\/api\/(set-up|session|invites\/accept)$/.test(path)) csrf = await csrfOf(send);
      return answer;
    },
    close: () => agent.destroy(),
  };
}

/** Strangers of one address are slowed down: a thousand raters from one computer take their time to come in. */
async function csrfOf(send: (method: string, path: string) => Promise<Answer>): Promise<string> {
  for (;;) {
    const answer = await send('GET', '/api/me');
    if (answer.status === 200) return (answer.body as { csrf: string }).csrf;
    expectStatus(answer, 429);
    await delay(1000);
  }
}

/** Makes the owner's account and an invite for raters; the secret of it. */
export async function inviteRaters(port: number, setUp: string): Promise<string> {
  const owner = openBrowser(port);
  const account = { name: 'Owner', email: 'owner@example.com', password: 'correct horse battery' };
  expectStatus(await owner.ask('POST', '/api/set-up', { secret: setUp.split('#')[1], ...account }), 200, 201, 204);
  const made = await owner.ask('POST', `/api/projects/${projectId}/invites`, { role: 'rater' });
  expectStatus(made, 201);
  owner.close();
  return (made.body as { link: string }).link.split('#')[1] ?? '';
}

/** A guest who came by the invite. */
export async function joinRater(port: number, secret: string, name: string): Promise<Browser> {
  const browser = openBrowser(port);
  expectStatus(await browser.ask('POST', '/api/invites/accept', { secret, name }), 200);
  return browser;
}

export async function nextOf(
  browser: Browser,
  count: number,
): Promise<{ shown: Presentation[]; milliseconds: number }> {
  const answer = await browser.ask('GET', `/api/projects/${projectId}/next?count=${count}`);
  expectStatus(answer, 200);
  const { presentations } = answer.body as z.infer<typeof nextSchema>;
  return { shown: presentations, milliseconds: answer.milliseconds };
}

/** Votes for one side or the other; the ids of what was acknowledged. */
export async function voteOn(
  browser: Browser,
  { token }: Presentation,
): Promise<{ ids: string[]; milliseconds: number }> {
  const answers = { overall: { kind: 'winner', position: Math.random() < 0.5 ? 0 : 1 } };
  const answer = await browser.ask('POST', `/api/projects/${projectId}/votes`, { token, answers, milliseconds: 1234 });
  expectStatus(answer, 201, 200);
  const { ids } = answer.body as z.infer<typeof voteResultSchema>;
  return { ids, milliseconds: answer.milliseconds };
}

function expectStatus({ status, body }: Answer, ...expected: number[]): void {
  if (!expected.includes(status))
    throw new Error(`expected the status ${expected.join(' or ')}, found ${status}: ${JSON.stringify(body)}`);
}
