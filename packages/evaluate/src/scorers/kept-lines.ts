import { createReadStream } from 'node:fs';
import { appendFile, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';

/** What was found out once, by key, in a file that is only ever appended to. */
export interface KeptLines {
  readonly size: number;
  get(key: string): string | undefined;
  /** Appends all of them at once. When it resolves they outlive this process, though not a loss of power. */
  add(entries: Iterable<readonly [key: string, json: string]>): Promise<void>;
}

/** A longer line is no line of ours. */
const longestLine = 2 ** 20;

/**
 * Reads what a file keeps, and opens it for more. A line is `key json check`, 32 hex digits, JSON without a line break, the CRC-32 of
 * both. Lines that do not check are passed over: half a line of a process that was killed, or anything else that got in. Every
 * addition begins with a line break, so half a line spoils no other, and several processes may add to one file: each reads what
 * was there when it began.
 * @param title a first line for people who look into the file
 */
export async function openKeptLines(path: string, title: string): Promise<KeptLines> {
  const kept = await readKeptLines(path);
  await mkdir(dirname(path), { recursive: true });
  return {
    get size() {
      return kept.size;
    },
    get: (key) => kept.get(key),
    async add(entries) {
      const fresh = [...entries];
      if (fresh.length === 0) return;
      const lines = fresh.map(([key, json]) => `${key} ${json} ${check(`${key} ${json}`)}`);
      if (kept.size === 0) lines.unshift(`# ${title.replaceAll('\n', ' ')}`);
      await appendFile(path, `\n${lines.join('\n')}\n`);
      for (const [key, json] of fresh) kept.set(key, json);
    },
  };
}

/** What a file keeps, the last of several for a key; nothing where there is no file. Holds one line at a time beside that. */
export async function readKeptLines(path: string): Promise<Map<string, string>> {
  const kept = new Map<string, string>();
  let rest = '';
  try {
    for await (const chunk of createReadStream(path, 'utf8')) {
      const lines = (rest + chunk).split('\n');
      rest = (lines.pop() as string).slice(0, longestLine + 1);
      for (const line of lines) keep(kept, line);
    }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return kept;
    throw new Error(`${path}: cannot be read: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
  return kept; // what follows the last line break is not whole
}

const lineForm = /^(([0-9a-f]{32}) (.+)) ([0-9a-f]{8})$/;

function keep(kept: Map<string, string>, line: string): void {
  const [, content, key, json, stated] = (line.length <= longestLine && lineForm.exec(line)) || [];
  if (content !== undefined && check(content) === stated) kept.set(key as string, json as string);
}

const check = (content: string): string => crc32(content).toString(16).padStart(8, '0');
