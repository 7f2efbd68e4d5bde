import { constants, setPriority } from 'node:os';
import { openDiffusionModel } from '@bradley/models';
import { openEasel } from './easel.js';
import type { FromDrawingProcess, ToDrawingProcess } from './messages.js';

/**
 * The process that draws: `fork(draw-process.js, [model folder, threads or nothing])`. It does one request after the other, and
 * ends with its parent.
 */
const [folder, threads] = process.argv.slice(2);
if (!folder || !process.send) throw new Error('usage: fork(draw-process.js, [<model folder>, <threads>])');
process.on('disconnect', () => process.exit());
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

const cancelled = new Set<number>();
let ahead: Promise<void> = Promise.resolve();
const easel = openDiffusionModel(folder).then((model) => openEasel(model, threads ? { threads: Number(threads) } : {}));
easel.catch(() => {}); // told with the first request

process.on('message', (message: ToDrawingProcess) => {
  if (message.kind === 'cancel') cancelled.add(message.id);
  else ahead = ahead.then(() => answer(message));
});

async function answer({ id, pictures, settings }: Extract<ToDrawingProcess, { kind: 'draw' }>): Promise<void> {
  try {
    const onPicture = (png: Uint8Array, index: number): void => send({ kind: 'picture', id, index, png });
    await (await easel).draw(pictures, settings, onPicture, () => cancelled.has(id));
    send({ kind: 'done', id });
  } catch (error) {
    send({ kind: 'failed', id, message: error instanceof Error ? error.message : String(error) });
  } finally {
    cancelled.delete(id);
  }
}

function send(message: FromDrawingProcess): void {
  if (process.connected) process.send?.(message);
}
