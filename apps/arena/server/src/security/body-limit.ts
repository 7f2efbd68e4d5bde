import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import type { ArenaEnv } from '../env.js';
import { Refusal } from '../refusal.js';

const MiB = 2 ** 20;

const json = /^application\/([\w.-]+\+)?json\b/i;

interface LimitRow {
  readonly path: RegExp;
  /** Of the body's media type. */
  readonly type?: RegExp;
  readonly bytes: number;
}

/** As many bytes as a body may have; the first row that fits counts. JSON is held in memory, files are not, or few at a time. */
const limits: readonly LimitRow[] = [
  { path: /^\/api\/v1\/choices$/, bytes: 8 * MiB },
  { path: /./, type: json, bytes: MiB },
  { path: /\/media$/, bytes: 64 * MiB },
  { path: /\/imports$/, type: /^multipart\/form-data\b/i, bytes: 4096 * MiB },
  { path: /./, bytes: MiB },
];
const deepest = 24;

/** Refuses bodies that are too large, by what they say and by what comes. */
export function limitBodies() {
  return createMiddleware<ArenaEnv>(async (c, next) => {
    if (c.req.method === 'GET' || c.req.method === 'HEAD') return next();
    const kind = c.req.header('content-type') ?? '';
    const row = limits.find(({ path, type }) => path.test(c.req.path) && (type?.test(kind) ?? true));
    const most = row?.bytes ?? MiB;
    const declared = c.req.header('content-length');
    if (Number(declared ?? 0) > most) throw tooLarge(most);
    // What is declared is held to by the server. Looking at the body would make a stream of it, which costs more than a vote.
    if (declared === undefined || c.req.header('transfer-encoding') !== undefined) {
      const { body } = c.req.raw;
      if (!body) return next();
      c.req.raw = new Request(c.req.raw, { body: body.pipeThrough(counted(most)), duplex: 'half' } as RequestInit);
    }
    await next();
  });
}

/**
 * Refuses JSON that is nested deeper than any of ours, or that has text which cannot be kept. It reads the body: where anybody may send a large one,
 * who asks must be known first.
 */
export async function checkJson({ req }: Context): Promise<void> {
  const reads = req.method !== 'GET' && req.method !== 'HEAD' && json.test(req.header('content-type') ?? '');
  if (reads) checkText(await req.text());
}

const tooLarge = (most: number): Refusal =>
  new Refusal(413, 'too-large', `The body has more than the ${most} bytes that are taken here.`);

function counted(most: number): TransformStream<Uint8Array, Uint8Array> {
  let seen = 0;
  return new TransformStream({
    transform(chunk, controller) {
      seen += chunk.length;
      if (seen > most) controller.error(tooLarge(most));
      else controller.enqueue(chunk);
    },
  });
}

function checkText(text: string): void {
  if (depthOf(text) > deepest) throw new Refusal(400, 'too-deep', `The JSON is nested deeper than ${deepest}.`);
  // Only an escape can bring in what PostgreSQL cannot keep, and hardly any body has one.
  if (text.includes('\\u') && !isStorable(parsed(text)))
    throw new Refusal(400, 'bad-text', 'A text has a character that is none: U+0000, or half of a surrogate pair.');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // is refused by who reads it
  }
}

/** Whether every text can be kept as UTF-8 by PostgreSQL. */
export function isStorable(value: unknown): boolean {
  if (typeof value === 'string') return !/\0|\p{Surrogate}/u.test(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, child]) => isStorable(key) && isStorable(child));
}

/** How deep the brackets of a JSON text are nested, without building it. */
export function depthOf(json: string): number {
  let depth = 0;
  let most = 0;
  let quoted = false;
  for (let i = 0; i < json.length; i++) {
    const character = json[i];
    if (character === '"') quoted = !quoted;
    else if (quoted) i += character === '\\' ? 1 : 0;
    else if (character === '[' || character === '{') most = Math.max(most, ++depth);
    else if (character === ']' || character === '}') depth--;
  }
  return most;
}
