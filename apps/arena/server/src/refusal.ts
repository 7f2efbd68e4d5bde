import { randomUUID } from 'node:crypto';
import type { Problem } from '@bradley/arena-contract';
import type { Context, ErrorHandler, NotFoundHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { z } from 'zod';

/** A request that is not granted, with the reason for people and a code for programs. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  constructor(
    readonly status: ContentfulStatusCode,
    readonly code: string,
    message: string,
    readonly extra: { issues?: Problem['issues']; headers?: Record<string, string> } = {},
  ) {
    super(message);
  }
}

export const notFound = (what: string): Refusal =>
  new Refusal(404, 'not-found', `${what} is not here, or is not yours to see.`);

/** What a schema found wrong with a request, all of it at once. */
export function invalid(error: z.ZodError): Refusal {
  const issues = error.issues.map(({ path, message }) => ({ path: path.map(String).join('.'), message }));
  const [first] = issues;
  const where = first?.path ? `${first.path}: ` : '';
  return new Refusal(400, 'invalid', `${where}${first?.message ?? 'invalid'}`, { issues });
}

/** Turns what a route throws into an answer. Of an error that is not a refusal, only an id is said; the log has the rest. */
export function answerErrors(log: (line: string) => void): ErrorHandler {
  return (error, c) => {
    if (error instanceof Refusal) return answer(c, error);
    if (error instanceof HTTPException)
      return answer(c, new Refusal(error.status as ContentfulStatusCode, 'bad-request', error.message));
    const id = randomUUID();
    log(`${id} ${c.req.method} ${c.req.path}: ${withoutParameters(error)}`);
    return answer(c, new Refusal(500, 'internal', `Something went wrong here. The log says what, under ${id}.`));
  };
}

/** An error of the database has the parameters of its query in its message, which may be anybody's secrets. */
const withoutParameters = ({ stack, message, cause }: Error): string =>
  [(stack ?? message).replace(/\nparams: [\s\S]*?(?=\n {4}at )/, ''), cause instanceof Error ? cause.message : '']
    .filter(Boolean)
    .join('\n  because: ');

export const answerNotFound: NotFoundHandler = (c) => answer(c, notFound(c.req.path));

export function answer(c: Context, { status, code, message, extra }: Refusal): Response {
  const { issues, headers } = extra;
  const problem: Problem = { error: message, code, ...(issues && { issues }) };
  return c.json(problem, status, headers);
}
