import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const address = z.string().refine(isSafeAddress, {
  error:
    'expected https://…, or http:// on this machine (localhost, 127.0.0.1, [::1]), without a user, a password or a query',
});

/** A judge's YAML file. */
export const judgeConfigSchema = z
  .strictObject({
    /** The address that /chat/completions follows: https://api.example.com/v1 */
    endpoint: address,
    model: z.string().min(1),
    /** The environment variable that holds the key. The key itself is never in a file. Without it, requests carry none. */
    apiKeyVariable: z
      .string()
      .regex(
        /^[A-Z][A-Z0-9_]*$/,
        'expected the name of an environment variable such as JUDGE_API_KEY, never the key itself',
      )
      .optional(),
    rubric: z.string().trim().min(1).optional(),
    /** A text file with the rubric, from the folder of the YAML file. */
    rubricFile: z.string().min(1).optional(),
    /** The lowest and the highest score. */
    range: z.tuple([z.number(), z.number()]).default([1, 10]),
    /** Answers per picture, which are averaged. */
    samples: z.int().min(1).max(100).default(1),
    /** Null where the server takes none. */
    temperature: z.number().min(0).max(2).nullable().default(0),
    maxTokens: z.int().positive().default(300),
    /** What the server calls that limit: newer models of OpenAI take the second name only. */
    maxTokensField: z.enum(['max_tokens', 'max_completion_tokens']).default('max_tokens'),
    /** Whether to ask for an answer by JSON schema. Turn it off for a server that does not know it. */
    jsonSchema: z.boolean().default(true),
    /** How pictures are sent: whole as PNG, or as JPEG of quality 95. */
    picture: z.enum(['png', 'jpeg']).default('png'),
    detail: z.enum(['auto', 'low', 'high']).optional(),
    /** Per million tokens, in the currency of the budget. */
    prices: z.strictObject({ input: z.number().nonnegative(), output: z.number().nonnegative() }).optional(),
    /** Where one run stops. A call is a request that was sent, answered or not. */
    budget: z
      .strictObject({ money: z.number().positive().optional(), calls: z.int().positive().optional() })
      .default({}),
    /** Seconds until a request is given up. */
    timeout: z.number().positive().max(3600).default(60),
    /** Requests under way at once. */
    concurrency: z.int().min(1).max(64).default(4),
    /** Tries of a request that a busy server refuses, or that does not arrive. */
    tries: z.int().min(1).max(20).default(6),
  })
  .refine(({ rubric, rubricFile }) => (rubric === undefined) !== (rubricFile === undefined), {
    error: 'expected either rubric or rubricFile',
    path: ['rubric'],
  })
  .refine(({ range: [low, high] }) => low < high, {
    error: 'expected the lowest score, then the highest',
    path: ['range'],
  })
  .refine(({ samples, temperature }) => samples === 1 || temperature !== 0, {
    error: 'at temperature 0 every sample is the same answer: raise the temperature or take one',
    path: ['samples'],
  })
  .refine(({ budget, prices }) => budget.money === undefined || prices !== undefined, {
    error: 'a budget in money needs prices',
    path: ['budget', 'money'],
  });

export type JudgeConfig = Omit<z.infer<typeof judgeConfigSchema>, 'rubric' | 'rubricFile'> & {
  readonly rubric: string;
};

/** @throws Error listing all that is wrong, with the file */
export async function loadJudgeConfig(path: string): Promise<JudgeConfig> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new Error(
      `${path}: ${error.code === 'ENOENT' ? 'there is no such file' : error.message}. It should be the YAML file of a judge: see docs/judges.md.`,
    );
  });
  let value: unknown;
  try {
    value = parse(text);
  } catch (cause) {
    throw new Error(`${path} is not valid YAML: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
  const { data, error } = judgeConfigSchema.safeParse(value);
  if (!data) throw new Error(`${path} is not the file of a judge:\n${z.prettifyError(error)}`);
  const { rubric, rubricFile, ...config } = data;
  return { ...config, rubric: rubric ?? (await readRubric(resolve(dirname(path), rubricFile as string), path)) };
}

async function readRubric(file: string, judge: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new Error(`${judge}: its rubricFile ${file} cannot be read: ${error.message}`);
  });
  if (text.trim() === '') throw new Error(`${judge}: its rubricFile ${file} is empty.`);
  return text.trim();
}

/** Pictures and a key go there: encrypted, or not off this machine. */
function isSafeAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password, search, hash } = new URL(text);
  if (username || password || search || hash) return false;
  const here = hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
  return protocol === 'https:' || (protocol === 'http:' && here);
}
