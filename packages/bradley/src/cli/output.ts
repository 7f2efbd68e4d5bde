import type { Json } from '@bradley/train';

/** Where a command prints to. Results go to stdout, for people as text or with --json as JSON; the rest to stderr. */
export interface Out {
  readonly json: boolean;
  readonly verbose: boolean;
  /** The stream for progress, and whether somebody watches it live. */
  readonly progress: { readonly stream: NodeJS.WriteStream; readonly live: boolean };
  /** The one result of a command. */
  result(value: object, text: string): void;
  /** One of many results: a line of JSON, or its values in columns. */
  row(record: { readonly [name: string]: Json }): void;
  /** What is going on, on one line that the next one replaces; only where somebody watches live. */
  status(text: string): void;
  /** Something worth knowing that is not the result. */
  note(text: string): void;
}

export function createOut(
  { json, verbose }: { json: boolean; verbose: boolean },
  { stdout, stderr }: { stdout: NodeJS.WriteStream; stderr: NodeJS.WriteStream },
): Out {
  const live = stderr.isTTY === true && !json;
  let status = false;
  const print = (stream: NodeJS.WriteStream, text: string) => {
    if (status) stderr.write('\r\x1b[K');
    status = false;
    stream.write(`${text}\n`);
  };
  return {
    json,
    verbose,
    progress: { stream: stderr, live },
    result: (value, text) => print(stdout, json ? JSON.stringify(value, null, 2) : text),
    row: (record) => print(stdout, json ? JSON.stringify(record) : columns(record)),
    status(text) {
      if (live) stderr.write(`\r\x1b[K${text}`);
      status = live;
    },
    note: (text) => print(stderr, text),
  };
}

const columns = (record: { readonly [name: string]: Json }) =>
  Object.values(record)
    .map((value) => (typeof value === 'string' ? value : JSON.stringify(value)))
    .join('\t');
