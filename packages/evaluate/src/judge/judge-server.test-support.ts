import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ChatRequest {
  readonly headers: IncomingHttpHeaders;
  readonly url: string;
  readonly body: {
    readonly model: string;
    readonly temperature?: number;
    readonly response_format?: unknown;
    readonly messages: readonly [
      { readonly content: string },
      {
        readonly content: readonly {
          readonly type: string;
          readonly text?: string;
          readonly image_url?: { readonly url: string };
        }[];
      },
    ];
  };
}

/** Answers one request by hand. */
export type Handler = (response: ServerResponse, request: ChatRequest) => void;

export interface JudgeServer {
  readonly endpoint: string;
  readonly requests: ChatRequest[];
  /** The most requests that were under way at once. */
  most(): number;
  /** Handlers for the next requests; afterwards `otherwise` answers. */
  next: Handler[];
  otherwise: Handler;
  close(): Promise<void>;
}

/** An answer as chat completions give it. */
export function says(
  content: unknown,
  more: { usage?: object | null; choice?: object; message?: object } = {},
): Handler {
  const usage = more.usage === undefined ? { prompt_tokens: 1000, completion_tokens: 100 } : more.usage;
  return (response) => {
    const message = { role: 'assistant', content, ...more.message };
    const choices = [{ index: 0, message, finish_reason: 'stop', ...more.choice }];
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ choices, ...(usage && { usage }) }));
  };
}

/** A status with headers and a body. */
export const status =
  (code: number, headers: Readonly<Record<string, string>> = {}, body = 'sorry'): Handler =>
  (response) =>
    void response.writeHead(code, headers).end(body);

export async function serveJudge(): Promise<JudgeServer> {
  const requests: ChatRequest[] = [];
  let underWay = 0;
  let most = 0;
  const server = createServer((request, response) => {
    let text = '';
    most = Math.max(most, ++underWay);
    response.on('close', () => {
      underWay--;
    });
    request.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    request.on('end', () => {
      const { headers, url = '' } = request;
      const asked: ChatRequest = { headers, url, body: JSON.parse(text) as ChatRequest['body'] };
      requests.push(asked);
      (judge.next.shift() ?? judge.otherwise)(response, asked);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const judge: JudgeServer = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    most: () => most,
    next: [],
    otherwise: says('{"reason":"fine","score":5}'),
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
  return judge;
}
