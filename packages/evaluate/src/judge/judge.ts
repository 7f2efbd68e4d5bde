import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { cacheFolder, encodeJpeg, encodePng, type RgbImage, retrying } from '@bradley/formats';
import { z } from 'zod';
import { openKeptLines } from '../scorers/kept-lines.js';
import { formatSpent, openAccount, type Spent } from './account.js';
import { askChat, type ChatTarget } from './ask-chat.js';
import type { JudgeConfig } from './judge-config.js';
import { UnusableAnswer } from './read-answer.js';

/** What a judge is asked: words and pictures, and how its answer is read. */
export interface Question<Answer> {
  readonly instructions: string;
  readonly parts: readonly (string | RgbImage)[];
  /** JSON schema of the answer's fields, all of them required. */
  readonly fields: Readonly<Record<string, object>>;
  /** @throws UnusableAnswer */
  readonly read: (content: string) => Answer;
}

export interface JudgeOptions {
  /** Folder of answers. Default: `judges` in Bradley's cache folder. */
  readonly cache?: string;
  readonly signal?: AbortSignal;
  /** Told why a request is sent again. */
  readonly onNote?: (text: string) => void;
}

/** A model behind an address that looks at pictures. */
export interface Judge {
  readonly config: JudgeConfig;
  /**
   * Asks, unless the same was asked before: then it is the same answer, for nothing.
   * @param sample tells apart several answers to one question
   * @throws BudgetError, UnusableAnswer, Error
   */
  ask<Answer>(question: Question<Answer>, sample?: number): Promise<Answer>;
  spent(): Spent;
}

/** How often an answer that cannot be read is asked for again, before it is an error. */
const askings = 3;

const kept = z.object({ content: z.string() });

/**
 * @throws Error where the environment variable for the key is not set
 */
export async function openJudge(config: JudgeConfig, options: JudgeOptions = {}): Promise<Judge> {
  const { cache = join(cacheFolder(), 'judges'), signal, onNote } = options;
  const url = `${config.endpoint.replace(/\/+$/, '')}/chat/completions`;
  const target: ChatTarget = { url, key: readKey(config), timeout: config.timeout };
  const answers = await openKeptLines(
    join(cache, `${digest(JSON.stringify([url, config.model]))}.answers`),
    `answers of ${config.model} at ${url}`,
  );
  const account = openAccount(config);
  let last = '';
  /** Requests that go together fail together: what they have in common is said once. */
  const noteOnce = (text: string): void => {
    if (text !== last) onNote?.(text);
    last = text;
  };

  /** One request, counted, tried again while the server is busy. */
  const send = (body: string) =>
    retrying(
      async () => {
        await account.begin();
        const answer = await askChat(target, body, signal).catch((error: unknown) => {
          account.end('nothing');
          throw error;
        });
        account.end(answer.usage);
        last = '';
        return answer;
      },
      {
        signal,
        tries: config.tries,
        longestWait: 600,
        advice: 'What was answered is kept: run it again later.',
        onRetry: (reason, seconds) => noteOnce(`${reason}. Another try in ${seconds} s.`),
      },
    );

  return {
    config,
    spent: account.spent,
    async ask(question, sample = 0) {
      const body = await requestBody(config, question);
      const key = digest(JSON.stringify([url, sample, body]));
      const known = readKept(answers.get(key), question);
      if (known !== undefined) {
        account.kept();
        return known.answer;
      }
      for (let asking = 1; ; asking++) {
        signal?.throwIfAborted();
        const { content, unfinished } = await send(body);
        try {
          if (unfinished !== null)
            throw new UnusableAnswer(
              `it ended early (${unfinished})${unfinished === 'length' ? ': raise maxTokens' : ''}`,
            );
          const answer = question.read(content);
          await answers.add([[key, JSON.stringify({ content })]]);
          return answer;
        } catch (error) {
          if (!(error instanceof UnusableAnswer)) throw error;
          if (asking === askings)
            throw new UnusableAnswer(
              `${config.model} gave no usable answer in ${askings} tries: ${error.message}. ${formatSpent(account.spent())}.`,
            );
        }
      }
    },
  };
}

function readKept<Answer>(json: string | undefined, { read }: Question<Answer>): { answer: Answer } | undefined {
  if (json === undefined) return undefined;
  try {
    return { answer: read(kept.parse(JSON.parse(json)).content) };
  } catch {
    return undefined; // kept by another version: asked again
  }
}

async function requestBody(config: JudgeConfig, { instructions, parts, fields }: Question<unknown>): Promise<string> {
  const { model, temperature, maxTokens, maxTokensField, jsonSchema, detail } = config;
  const content = parts.map(async (part) =>
    typeof part === 'string'
      ? { type: 'text', text: part }
      : { type: 'image_url', image_url: { url: await dataUrl(config.picture, part), ...(detail && { detail }) } },
  );
  const schema = { type: 'object', properties: fields, required: Object.keys(fields), additionalProperties: false };
  return JSON.stringify({
    model,
    messages: [
      { role: 'system', content: instructions },
      { role: 'user', content: await Promise.all(content) },
    ],
    ...(temperature !== null && { temperature }),
    [maxTokensField]: maxTokens,
    ...(jsonSchema && {
      response_format: { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema } },
    }),
  });
}

const encoders = {
  png: ({ data, width, height }: RgbImage) => encodePng(data, width, height),
  jpeg: (image: RgbImage) => encodeJpeg(image, 95),
};

async function dataUrl(format: keyof typeof encoders, image: RgbImage): Promise<string> {
  return `data:image/${format};base64,${Buffer.from(await encoders[format](image)).toString('base64')}`;
}

function readKey({ apiKeyVariable, endpoint }: JudgeConfig): string | null {
  if (apiKeyVariable === undefined) return null;
  const key = process.env[apiKeyVariable]?.trim();
  if (!key)
    throw new Error(
      `${apiKeyVariable} is not set: the judge at ${endpoint} reads its key from that environment variable.`,
    );
  if (!/^[\x21-\x7e]+$/.test(key))
    throw new Error(
      `${apiKeyVariable} holds no key: one line of letters, digits and signs of ASCII is expected, but it has a space, a line break ` +
        'or another letter in it. Copy it anew.',
    );
  return key;
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);
