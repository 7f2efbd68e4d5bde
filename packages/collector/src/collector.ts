import type { Choice, Waiting } from './choice.js';
import { sendBatch, sendFile, type Target } from './send.js';
import { browserStorage, type CollectorStorage } from './storage.js';

export interface CollectorOptions extends Target {
  /** Where choices wait while they cannot be sent: localStorage in a browser, else memory; `fileStorage` of /node is a file. */
  readonly storage?: CollectorStorage;
  /** Sent at once when so many wait; 500 at most. */
  readonly batchSize?: number;
  /** Sent at the latest after this long. */
  readonly everyMs?: number;
  /** More than these are not kept: the oldest are dropped. */
  readonly mostKept?: number;
  /** Told what went wrong; nothing is ever thrown into the product. */
  readonly onProblem?: (problem: string) => void;
}

type Chosen = Omit<Choice, 'outcome'> & { chosenIndex: number };

export interface Collector {
  /** Logs that one of those shown was chosen. Returns at once. */
  chosen(choice: Chosen): void;
  /** Logs any outcome. Returns at once. */
  log(choice: Choice): void;
  /** Uploads a file for `media`: its sha256, or null where that failed. */
  upload(file: Blob | Uint8Array<ArrayBuffer>): Promise<string | null>;
  /** Sends what waits, now; says how many still wait. Never rejects. */
  flush(): Promise<number>;
  /** Flushes, and stops. */
  close(): Promise<number>;
}

const delays = { first: 1000, longest: 300_000 };
/** A browser sends on 64 KiB while its page closes: what is more waits in the storage for the next page. */
const batchOfLeaving = 20;

export function createCollector(options: CollectorOptions): Collector {
  const { batchSize = 50, everyMs = 5000, mostKept = 5000, onProblem } = options;
  const storage = options.storage ?? browserStorage(`bradley-collector ${options.url}`);
  let waiting: Waiting[] = [];
  /** The batch that was sent and not answered keeps its key, so that it is the same request when it is sent again. */
  let batch: { key: string; choices: readonly Waiting[] } | null = null;
  let failures = 0;
  /** So many are sent one by one: one of them is at fault. */
  let alone = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let sending: Promise<void> = Promise.resolve();
  let saving: Promise<unknown> = Promise.resolve();

  const tell = (problem: string): null => {
    try {
      onProblem?.(problem);
    } catch {} // the product's own trouble, and not to be thrown where a user chose
    return null;
  };
  const save = () => {
    if (storage)
      saving = saving
        .then(() => loaded)
        .then(() => storage.save(JSON.stringify(waiting)))
        .catch((error) => tell(`not saved: ${error}`));
  };
  const schedule = (ms: number) => {
    clearTimeout(timer);
    timer = setTimeout(() => void flush(), ms);
    (timer as { unref?(): void }).unref?.();
  };
  /** Sends one batch; whether to go on with the next. */
  const sendOne = async (leaving: boolean): Promise<boolean> => {
    batch ??= {
      key: crypto.randomUUID(),
      choices: waiting.slice(0, alone > 0 ? 1 : leaving ? batchOfLeaving : batchSize),
    };
    const { key, choices } = batch;
    const sent = await sendBatch(options, choices, { idempotencyKey: key, leaving });
    if (sent.kind === 'later') {
      failures++;
      const delay = Math.min(delays.longest, delays.first * 2 ** (failures - 1)) * (0.5 + Math.random() / 2);
      schedule(Math.max(delay, sent.seconds * 1000));
      tell(`not sent, tried again later: ${sent.why}`);
      return false;
    }
    batch = null;
    failures = 0;
    if (sent.kind === 'never' && choices.length > 1) {
      alone = choices.length;
      return true;
    }
    alone = Math.max(0, alone - 1);
    if (sent.kind === 'never') tell(`given up: ${sent.why}`);
    else for (const { id, error } of sent.refused) tell(`${id} was refused: ${error}`);
    const gone = new Set(choices);
    waiting = waiting.filter((choice) => !gone.has(choice));
    save();
    return true;
  };
  const flush = async (leaving = false): Promise<number> => {
    clearTimeout(timer);
    sending = sending.then(async () => {
      await loaded;
      while (waiting.length > 0 && (await sendOne(leaving)));
    });
    await sending;
    await saving;
    return waiting.length;
  };

  const loaded = (async () => {
    const text = await storage?.load();
    const found = text ? (JSON.parse(text) as Waiting[]) : [];
    waiting = [...found, ...waiting];
    if (found.length > 0) schedule(everyMs);
  })().catch((error) => tell(`what waited was not read: ${error}`));

  const log = (make: () => Choice) => {
    try {
      const choice = make();
      const { id = crypto.randomUUID(), at = new Date().toISOString() } = choice;
      waiting.push(JSON.parse(JSON.stringify({ ...choice, id, at })) as Waiting); // as it is now, whatever becomes of the object
      const dropped = waiting.splice(0, Math.max(0, waiting.length - mostKept));
      if (dropped.length > 0) tell(`${dropped.length} choices were dropped: more than ${mostKept} wait`);
      save();
      if (failures > 0) return; // the next try has its time
      if (waiting.length >= batchSize) void flush();
      else if (waiting.length === 1) schedule(everyMs);
    } catch (error) {
      tell(String(error));
    }
  };
  const leave = () => {
    if (document.visibilityState === 'hidden' && waiting.length > 0) void flush(true);
  };
  if (typeof document !== 'undefined') document.addEventListener('visibilitychange', leave);

  return {
    chosen: (given) => log(() => winnerOf(given)),
    log: (choice) => log(() => choice),
    upload: (file) => sendFile(options, file).catch((error) => tell(`not uploaded: ${error}`)),
    flush: () => flush(),
    close() {
      if (typeof document !== 'undefined') document.removeEventListener('visibilitychange', leave);
      return flush().finally(() => clearTimeout(timer));
    },
  };
}

const winnerOf = ({ chosenIndex: index, ...choice }: Chosen): Choice => ({
  ...choice,
  outcome: { kind: 'winner', index },
});
