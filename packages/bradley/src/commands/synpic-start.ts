import { z } from 'zod';
import { command } from '../cli/command.js';
import { synpicPlace } from '../config/synpic-fields.js';
import { threadsField } from '../config/threads-field.js';

export const synpicStart = command({
  summary:
    'Generate pictures with several models, score them by several rewards: rankings, as a job that goes on after any interruption.',
  description:
    'Plans the work of a file, serves it to workers over HTTP and starts some. Ctrl-C, or a kill, loses nothing: the same command goes on. ' +
    'Workers of other computers: bradley synpic work. The token that they need is in owner.json in --folder, or what BRADLEY_SYNPIC_TOKEN says.',
  example: [
    'synpic start synpic.yaml',
    'synpic start synpic.yaml --workers 4 --host 0.0.0.0 --port 4690',
    'synpic start synpic.yaml --store postgres://bradley@localhost/synpic',
  ],
  positional: ['config'],
  options: z.object({
    config: z.string().min(1).describe('YAML file of the job'),
    ...synpicPlace,
    workers: z.int().min(0).max(256).default(2).describe('worker processes to start here'),
    host: z.string().min(1).default('127.0.0.1').describe('address to listen on for workers'),
    port: z.int().min(0).max(65535).default(0).describe('0 is any that is free'),
    threads: threadsField.optional().describe('threads of each worker; none shares the processors out'),
  }),
  async run({ config, workers, host, port, threads, ...place }, out) {
    const { resolve } = await import('node:path');
    const { mkdir } = await import('node:fs/promises');
    const { loadPlan } = await import('../synpic/plan.js');
    const { startSynpic } = await import('../synpic/start-synpic.js');
    const { costOf, formatStatus, piecesOf } = await import('../synpic/format-status.js');
    const { duration, progressMeter } = await import('../cli/progress.js');
    const { withStore } = await import('../arena/open-store.js');
    const { plan, base } = await loadPlan(config);
    const folder = resolve(place.folder);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const chosen = { folder, store: place.store, media: place.media && resolvedMedia(place.media, resolve) };
    process.chdir(base);
    return withStore(
      chosen,
      async (store, media) => {
        const token = process.env.BRADLEY_SYNPIC_TOKEN || undefined;
        const onNote = (text: string) => out.note(text);
        out.status('Planning …');
        const running = await startSynpic(store, media, plan, {
          base,
          folder,
          host,
          port,
          workers,
          threads,
          token,
          onNote,
        });
        out.note(
          `Serving the work of ${plan.name} at ${running.url}; ${workers} ${workers === 1 ? 'worker' : 'workers'} here.`,
        );
        let stop = (): void => {};
        const stopped = new Promise<'stopped'>((resolveStop) => {
          stop = () => resolveStop('stopped');
          for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stop);
        });
        const meter = progressMeter();
        let shownAt = performance.now();
        try {
          const ended = await Promise.race([
            stopped,
            running.finished((status) => {
              const { done, total } = piecesOf(status);
              meter.see({ step: done }, total, performance.now());
              const { stepsPerSecond, secondsLeft } = meter.progress();
              const { price } = costOf(status);
              const rate = stepsPerSecond === null ? '' : `  ${Number(stepsPerSecond.toPrecision(3))}/s`;
              const left = secondsLeft === null ? '' : `  ${duration(secondsLeft)} left`;
              const cost = status.pricePerHour > 0 ? `  cost ${price.toFixed(2)}` : '';
              const line = `${done} of ${total} pieces of work${rate}${left}${cost}`;
              if (out.progress.live) return out.status(line);
              if (performance.now() - shownAt < 10_000) return;
              shownAt = performance.now();
              out.note(line);
            }),
          ]);
          if (ended === 'stopped') out.note('Stopped. The same command goes on from here.');
          const status = ended === 'stopped' ? await running.status() : ended;
          out.result(status, formatStatus(status));
          return ended === 'stopped' || piecesOf(status).failed > 0 ? 'failed' : undefined;
        } finally {
          await running.close();
        }
      },
      { make: true },
    );
  },
});

const resolvedMedia = (media: string, resolve: (path: string) => string): string =>
  media.startsWith('s3://') ? media : resolve(media);
