import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import type { Store } from '../store/open.js';
import { openJobQueue } from './job-queue.js';

const jobs = (n: number) => Array.from({ length: n }, (_, i) => ({ id: randomUUID(), data: { i }, priority: -i }));
const nothing = { waiting: 0, active: 0, failed: 0 };

/** What the queues of every store do. */
export function queueLaws(world: () => { readonly store: Store }): void {
  describe('a queue of jobs', () => {
    const opened = async (name: string, options: { leaseSeconds?: number; attempts?: number } = {}) => {
      const queue = await openJobQueue(world().store, { leaseSeconds: 60, attempts: 3, ...options });
      await queue.open(name);
      return queue;
    };

    it('gives each job to one of those who ask at once, the most urgent first', async () => {
      const queue = await opened('laws.each');
      const all = jobs(40);
      await queue.add('laws.each', all.toReversed());
      await queue.add('laws.each', all);
      const first = await queue.take<{ i: number }>('laws.each', 3);
      expect(first.map(({ data }) => data.i).toSorted()).toEqual([0, 1, 2]);
      const rest = await Promise.all(all.map(() => queue.take('laws.each', 2)));
      const taken = [...first, ...rest.flat()];
      expect(new Set(taken.map(({ id }) => id))).toEqual(new Set(all.map(({ id }) => id)));
      expect(taken).toHaveLength(40);
      expect((await queue.counts('laws.each')).get('laws.each')).toEqual({ ...nothing, active: 40 });
      await queue.close();
    });

    it('takes back what nobody holds, and tells who held it', async () => {
      const queue = await opened('laws.lease', { leaseSeconds: 60 });
      /** As if leases had been taken or held so much earlier. */
      const later = (seconds: number) =>
        world().store.db.execute(
          sql`update pgboss.job set started_on = started_on - make_interval(secs => ${seconds}) where name = 'laws.lease'`,
        );
      await queue.add('laws.lease', jobs(2));
      const [dead, alive] = await queue.take('laws.lease', 2);
      if (!dead || !alive) throw new Error('no lease');
      for (let i = 0; i < 3; i++) {
        await later(40);
        expect(await queue.hold(alive)).toBe(true);
        await queue.expire();
      }
      const [again] = await queue.take('laws.lease', 2);
      expect(again).toMatchObject({ id: dead.id, attempt: 1 });
      expect(await queue.hold(dead)).toBe(false);
      await queue.fail(dead, 'too late to fail');
      expect(again && (await queue.hold(again))).toBe(true);
      await queue.close();
    });

    it('takes back at once what was not tried, which costs no attempt', async () => {
      const queue = await opened('laws.back', { attempts: 1 });
      await queue.add('laws.back', jobs(1));
      // Often enough that some are taken within the tick of the clock in which they were given back.
      for (let i = 0; i < 100; i++) {
        const [lease] = await queue.take('laws.back', 1);
        expect(lease).toMatchObject({ attempt: 0 });
        if (lease) await queue.giveBack(lease);
        if (lease) await queue.giveBack(lease);
      }
      expect((await queue.counts('laws.back')).get('laws.back')).toEqual({ ...nothing, waiting: 1 });
      await queue.clear('laws.back');
      await queue.close();
    });

    it('gives a job up after its attempts, with the last reason, until the queue is cleared', async () => {
      const queue = await opened('laws.fail', { attempts: 2 });
      const [job] = jobs(1);
      await queue.add('laws.fail', job ? [job] : []);
      for (const message of ['once', 'twice']) {
        const [lease] = await queue.take('laws.fail', 1);
        if (lease) await queue.fail(lease, message);
      }
      expect(await queue.take('laws.fail', 1)).toEqual([]);
      expect(await queue.failures('laws.', 10)).toEqual([{ queue: 'laws.fail', data: { i: 0 }, message: 'twice' }]);
      await queue.clear('laws.fail');
      await queue.add('laws.fail', job ? [job] : []);
      expect(await queue.take('laws.fail', 1)).toMatchObject([{ attempt: 0 }]);
      await queue.close();
    });

    it('changes with a transaction, or not at all', async () => {
      const queue = await opened('laws.transaction');
      await queue.open('laws.next');
      const [job, next] = jobs(2);
      if (!job || !next) throw new Error('no job');
      await queue.add('laws.transaction', [job]);
      await queue.take('laws.transaction', 1);
      const finish = (fail: boolean) =>
        world().store.db.transaction(async (transaction) => {
          await queue.remove('laws.transaction', [job.id], transaction);
          await queue.add('laws.next', [next], transaction);
          if (fail) throw new Error('cut short');
        });
      const counts = async () => {
        const found = await queue.counts('laws.');
        return [found.get('laws.transaction') ?? nothing, found.get('laws.next') ?? nothing];
      };
      await expect(finish(true)).rejects.toThrow('cut short');
      expect(await counts()).toEqual([{ ...nothing, active: 1 }, nothing]);
      await finish(false);
      expect(await counts()).toEqual([nothing, { ...nothing, waiting: 1 }]);
      await queue.close();
    });
  });
}
