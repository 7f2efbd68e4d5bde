import { createHash } from 'node:crypto';
import { findAnswer, forgetOldAnswers, keepAnswer, type Store } from '@bradley/preferences';
import { Refusal } from '../refusal.js';

/** What a request was answered, now or when it came first. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly replayed: boolean;
}

export interface KeyedRequest {
  readonly apiKeyId: string;
  /** The Idempotency-Key header, where there is one. */
  readonly key: string | undefined;
  /** All that makes it the same request. */
  readonly text: string;
}

export type AnswerOnce = (
  request: KeyedRequest,
  work: () => Promise<{ status: number; body: unknown }>,
) => Promise<Answer>;

const forgetEvery = 3_600_000;

/**
 * Answers a request with an idempotency key once: sent again within a day, it gets the answer that it got. The same key with another
 * request is refused. Two at once in one process wait for each other; in two, both do the work, which recording by id makes harmless.
 */
export function answerOnce(store: Store): AnswerOnce {
  const underWay = new Map<string, Promise<unknown>>();
  let forgottenAt = 0;

  const answer: AnswerOnce = async ({ apiKeyId, key = '', text }, work) => {
    const request = createHash('sha256').update(text).digest('hex');
    const found = await findAnswer(store, apiKeyId, key);
    if (found && found.request !== request)
      throw new Refusal(
        422,
        'key-reused',
        'This Idempotency-Key was sent with another request. Make a new one for each.',
      );
    if (found) return { status: found.status, body: found.answer, replayed: true };
    const { status, body } = await work();
    await keepAnswer(store, { apiKeyId, key, request, status, answer: body });
    if (Date.now() - forgottenAt > forgetEvery) {
      forgottenAt = Date.now();
      await forgetOldAnswers(store);
    }
    return { status, body, replayed: false };
  };

  return async (request, work) => {
    if (request.key === undefined) return { ...(await work()), replayed: false };
    if (!/^[\x21-\x7e]{1,200}$/.test(request.key))
      throw new Refusal(400, 'invalid', 'Idempotency-Key has 1 to 200 visible characters, such as a UUID.');
    const name = `${request.apiKeyId} ${request.key}`;
    const before = underWay.get(name);
    const mine = (before ?? Promise.resolve()).catch(() => {}).then(() => answer(request, work));
    underWay.set(name, mine);
    try {
      return await mine;
    } finally {
      if (underWay.get(name) === mine) underWay.delete(name);
    }
  };
}
