import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { openDiffusionModel } from '@bradley/models';
import { unknownWords } from '../../unknown-words.js';
import type { Look } from '../looks.js';
import type { DrawSettings, FromDrawingProcess, PictureJob, ToDrawingProcess } from './messages.js';

export interface DrawRequest extends Partial<Pick<DrawSettings, 'adapter' | 'strength' | 'sampler'>> {
  readonly prompts: readonly string[];
  /** One per prompt. */
  readonly seeds: readonly number[];
  /** One per prompt, where pictures are to be redrawn towards a look. */
  readonly looks?: readonly (Look | null)[];
  readonly steps: number;
  readonly guidance: number;
}

export interface DrawnPicture {
  /** Of the request's prompts. */
  readonly index: number;
  readonly prompt: string;
  readonly seed: number;
  readonly png: Uint8Array;
}

export interface Drawer {
  /**
   * Draws in order, one request after the other; `onPicture` is called as each picture is ready. An aborted signal ends it at once.
   * @throws Error naming a prompt of which the model knows no word, or that could not be drawn, with the reason
   * @throws RangeError when too many requests wait already
   */
  draw(request: DrawRequest, onPicture: (picture: DrawnPicture) => void, signal?: AbortSignal): Promise<void>;
  /** The words of a prompt that the model has never seen. */
  unknownWords(prompt: string): string[];
  /** Whether it has seen any; else a prompt cannot be drawn. */
  knows(prompt: string): boolean;
  /** Ends the process. What waits is rejected. */
  close(): Promise<void>;
}

export interface DrawerOptions {
  readonly threads?: number;
  /** Requests that may wait. Default 64. */
  readonly waiting?: number;
}

interface Task {
  readonly id: number;
  readonly pictures: readonly PictureJob[];
  readonly settings: DrawSettings;
  readonly onPicture: (picture: DrawnPicture) => void;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  /** Pictures that have been given. */
  done: number;
  deaths: number;
  /** Nobody waits for it any more. */
  forgotten: boolean;
}

/** Built JavaScript, from the sources too. */
const processModule = fileURLToPath(new URL('../../../dist/arena/drawing/draw-process.js', import.meta.url));

/**
 * A process of lower priority that holds a model ready and draws on request. It is started at once; when it dies it is started again
 * for what is still to be drawn, and a request that it has died of twice is rejected.
 */
export async function openDrawer(folder: string, { threads, waiting = 64 }: DrawerOptions = {}): Promise<Drawer> {
  const model = await openDiffusionModel(folder);
  const queue: Task[] = [];
  let current: Task | null = null;
  let child: ChildProcess | null = null;
  let closed = false;
  let ids = 0;

  const start = (): ChildProcess => {
    const started = fork(processModule, [folder, threads ? String(threads) : ''], {
      serialization: 'advanced',
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    started.on('message', (message: FromDrawingProcess) => hear(message));
    started.on('error', () => {}); // 'exit' follows, or the message was for a process that is gone
    started.once('exit', (code, signal) => {
      if (child === started) child = null;
      lost(signal ?? `code ${code}`);
    });
    return started;
  };

  const hear = (message: FromDrawingProcess): void => {
    if (message.id !== current?.id) return;
    const task = current;
    if (message.kind === 'picture') {
      const index = task.done++;
      const { prompt, seed } = task.pictures[index] as PictureJob;
      task.onPicture({ index, prompt, seed, png: message.png });
      return;
    }
    current = null;
    if (message.kind === 'done') task.resolve();
    else task.reject(new Error(message.message));
    next();
  };

  const lost = (how: string): void => {
    const task = current;
    current = null;
    if (task && ++task.deaths < 2 && !task.forgotten) queue.unshift(task);
    else
      task?.reject(
        new Error(
          `"${task.pictures[task.done]?.prompt}" could not be drawn: the process that draws ended twice (${how}).`,
        ),
      );
    next();
  };

  const next = (): void => {
    if (closed || current) return;
    current = queue.shift() ?? null;
    if (!current) return;
    child ??= start();
    const { id, pictures, settings, done } = current;
    tell({ kind: 'draw', id, pictures: pictures.slice(done), settings });
  };

  /** What a process does not hear because it has just ended, its 'exit' tells of. */
  const tell = (message: ToDrawingProcess): void => {
    child?.send(message, () => {});
  };

  const forget = (task: Task): void => {
    task.forgotten = true;
    const at = queue.indexOf(task);
    if (at >= 0) queue.splice(at, 1);
    else tell({ kind: 'cancel', id: task.id }); // it answers 'done' when it has stopped
  };

  child = start();
  return {
    unknownWords: (prompt) => unknownWords(model, prompt),
    knows: (prompt) => knownWords(prompt, unknownWords(model, prompt)).length > 0,
    async draw(
      { prompts, seeds, looks, adapter = null, strength = 1, sampler = null, steps, guidance },
      onPicture,
      signal,
    ) {
      signal?.throwIfAborted();
      if (closed) throw new Error('this drawer has been closed.');
      for (const prompt of prompts) requireKnownWord(prompt, unknownWords(model, prompt));
      if (queue.length >= waiting)
        throw new RangeError(`${waiting} requests for pictures wait already: ask again when some have been drawn.`);
      if (prompts.length === 0) return;
      const pictures = prompts.map((prompt, i) => ({ prompt, seed: seeds[i] as number, look: looks?.[i] ?? null }));
      let forsaken = (): void => {};
      await new Promise<void>((resolve, reject) => {
        const settings = { adapter, strength, sampler, steps, guidance };
        const fail = (error: Error): void => {
          reject(error);
          forget(task);
        };
        const give = (picture: DrawnPicture): void => {
          if (task.forgotten) return;
          try {
            onPicture(picture);
          } catch (error) {
            fail(error as Error);
          }
        };
        const counts = { done: 0, deaths: 0, forgotten: false };
        const task: Task = { id: ids++, pictures, settings, onPicture: give, resolve, reject, ...counts };
        forsaken = () => fail(signal?.reason);
        signal?.addEventListener('abort', forsaken, { once: true });
        queue.push(task);
        next();
      }).finally(() => signal?.removeEventListener('abort', forsaken));
    },
    async close() {
      closed = true;
      for (const task of [...queue.splice(0), ...(current ? [current] : [])])
        task.reject(new Error('the drawer has been closed.'));
      current = null;
      const ending = child;
      if (!ending) return;
      const exit = new Promise((resolve) => ending.once('exit', resolve));
      ending.kill('SIGKILL'); // it has nothing to write
      await exit;
    },
  };
}

function requireKnownWord(prompt: string, unknown: readonly string[]): void {
  if (knownWords(prompt, unknown).length > 0) return;
  const which = unknown.length > 0 ? ` (${unknown.map((word) => `"${word}"`).join(', ')})` : '';
  throw new Error(`"${prompt}" cannot be drawn: the model knows none of its words${which}. Use words that it knows.`);
}

function knownWords(prompt: string, unknown: readonly string[]): string[] {
  return (prompt.match(/[\p{L}\p{M}\p{N}]+/gu) ?? []).filter((word) => !unknown.includes(word));
}
