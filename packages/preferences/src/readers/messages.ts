import { z } from 'zod';

/** A message of a conversation; its content is text, or parts of which only texts can be kept. */
const messageSchema = z.looseObject({
  role: z.string(),
  content: z.union([z.string(), z.array(z.looseObject({ type: z.string(), text: z.string().nullish() }))]),
});
export type Message = z.infer<typeof messageSchema>;
const messagesSchema = z.array(messageSchema).min(1);

/** The messages of a value that is a conversation, or undefined. */
export function messagesOf(value: unknown): Message[] | undefined {
  return messagesSchema.safeParse(value).data;
}

/** What two conversations begin with alike, and what each goes on with. */
export function commonStart(
  a: readonly Message[],
  b: readonly Message[],
): { start: Message[]; a: Message[]; b: Message[] } {
  let length = 0;
  while (length < Math.min(a.length, b.length) - 1 && same(a[length], b[length])) length++;
  return { start: a.slice(0, length), a: a.slice(length), b: b.slice(length) };
}

/**
 * A conversation as one text: the content of its only message where that is the expected role's, else the JSON of the messages, which a trainer
 * can read back. Undefined where a part is not text.
 */
export function textOfMessages(messages: readonly Message[], role: 'user' | 'assistant'): string | undefined {
  const texts = messages.map(({ content }) => (typeof content === 'string' ? content : textOfParts(content)));
  if (texts.includes(undefined)) return undefined;
  const [only, another] = messages;
  if (only?.role === role && !another && Object.keys(only).length === 2) return texts[0];
  return JSON.stringify(messages.map((message, index) => ({ ...message, content: texts[index] })));
}

/** The messages of a text that `textOfMessages` made of more than one. */
export function messagesOfText(text: string): Message[] | undefined {
  if (!text.startsWith('[{')) return undefined;
  try {
    return messagesOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function textOfParts(parts: readonly { type: string; text?: string | null | undefined }[]): string | undefined {
  const texts = parts.map(({ type, text }) => (type === 'text' ? (text ?? undefined) : undefined));
  return texts.includes(undefined) ? undefined : texts.join('');
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
