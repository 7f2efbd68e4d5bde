import type { Presentation } from '@bradley/arena-contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Answers, advance, doneSoFar, due, type Entry, emptyQueue, type Queue } from './queue.js';

/** What the contract says of a server, in miniature: an answer twice counts once, and what is taken back gets a new token. */
function serverOf(tasks: number) {
  const recorded = new Map<number, Answers>();
  const received: string[] = [];
  const spent = new Set<string>();
  /** Of each task, the token that it was answered with last. */
  const tokens = new Map<number, string>();
  let sealed = 0;
  const taskOf = (token: string): number => Number(token.split('/')[0]);
  return {
    recorded,
    received,
    next(count: number) {
      const open = Array.from({ length: tasks }, (_, task) => task).filter((task) => !recorded.has(task));
      const presentations = open.slice(0, count).map((task) => presentation(task, `${task}/${sealed++}`));
      return { presentations, done: recorded.size, open: open.length, drawing: 0 };
    },
    take(entry: Entry): { done: number; renewed: Presentation | null } {
      received.push(entry.id);
      const token = entry.kind === 'undo' ? entry.token : entry.vote.token;
      const task = taskOf(token);
      if (entry.kind === 'undo') {
        if (tokens.get(task) === token) recorded.delete(task);
        spent.add(token);
        return { done: recorded.size, renewed: presentation(task, `${task}/${sealed++}`) };
      }
      expect(spent.has(token), 'a token that was taken back is not answered with').toBe(false);
      if (!recorded.has(task)) recorded.set(task, entry.vote.answers);
      tokens.set(task, token);
      return { done: recorded.size, renewed: null };
    },
  };
}

const presentation = (task: number, token: string): Presentation => ({
  token,
  prompt: `prompt ${task % 3}`,
  modality: 'text',
  candidates: [`a${task}`, `b${task}`].map((text) => ({ address: null, type: null, text })),
  questions: [{ id: 'overall', text: 'Which?' }],
  allowTie: true,
  allowBothBad: true,
  allowSkip: true,
});

const answersOf = (position: number): Answers => ({ overall: { kind: 'winner', position } });
const taskShown = (queue: Queue): number => Number(queue.ready[0]?.token.split('/')[0]);

const moves = fc.constantFrom(
  ...(['answer0', 'answer1', 'answer0', 'undo', 'fetch', 'deliver fetch', 'fetch', 'deliver fetch'] as const),
  ...(['fail fetch', 'send', 'send', 'send', 'lose request', 'lose answer', 'reload'] as const),
);

describe('the queue of choices', () => {
  it('loses none, doubles none and shows no task twice, whatever fails and when', () => {
    fc.assert(
      fc.property(
        fc.array(moves, { maxLength: 200, size: 'max' }),
        fc.integer({ min: 1, max: 12 }),
        (script, tasks) => {
          const server = serverOf(tasks);
          const chosen = new Map<number, Answers>();
          let queue = emptyQueue();
          let kept: readonly Entry[] = [];
          let ids = 0;
          let underWay: ReturnType<typeof server.next> | null = null;
          const id = () => `${ids++}`;
          const step = (event: Parameters<typeof advance>[1]) => {
            queue = advance(queue, event);
            kept = queue.outbox;
          };
          const doMove: Record<typeof moves extends fc.Arbitrary<infer M> ? M : never, () => void> = {
            answer0: () => answer(0),
            answer1: () => answer(1),
            undo() {
              const last = queue.answered.at(-1);
              if (!last) return;
              chosen.delete(Number(last.token.split('/')[0]));
              step({ type: 'undone', id: id() });
            },
            fetch() {
              const { fetch } = due(queue);
              if (fetch === null) return;
              step({ type: 'fetchBegan' });
              underWay = server.next(fetch);
            },
            'deliver fetch'() {
              if (!underWay) return;
              step({ type: 'fetched', ...underWay });
              underWay = null;
            },
            'fail fetch'() {
              if (!underWay) return;
              step({ type: 'fetchFailed', obstacle: null });
              underWay = null;
            },
            send: () => transmit(true, true),
            'lose request': () => transmit(false, false),
            'lose answer': () => transmit(true, false),
            reload() {
              queue = emptyQueue(kept.map((entry) => ({ ...entry, tried: true })));
              underWay = null;
            },
          };
          const answer = (position: number) => {
            if (queue.ready.length === 0) return;
            expect(chosen.has(taskShown(queue)), 'a task that is answered is not shown again').toBe(false);
            chosen.set(taskShown(queue), answersOf(position));
            step({ type: 'answered', id: id(), answers: answersOf(position), milliseconds: 5 });
          };
          const transmit = (arrives: boolean, acknowledged: boolean) => {
            const { send } = due(queue);
            if (!send) return;
            step({ type: 'sendBegan' });
            const answer = arrives ? server.take(send) : null;
            step(acknowledged && answer ? { type: 'sent', ...answer } : { type: 'sendFailed', obstacle: null });
          };

          for (const move of script) doMove[move]();
          doMove['deliver fetch']();
          for (let i = 0; i < 1000 && due(queue).send; i++) transmit(true, true);

          expect(Object.fromEntries(server.recorded)).toEqual(Object.fromEntries(chosen));
          const firstTimes = [...new Set(server.received)].map(Number);
          expect(firstTimes, 'in the order in which they were made').toEqual([...firstTimes].sort((a, b) => a - b));
          if (queue.server) expect(doneSoFar(queue)).toBe(server.recorded.size);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('takes back an answer that never left without a word to the server', () => {
    let queue = filled(2);
    const first = queue.ready[0];
    queue = advance(queue, { type: 'answered', id: 'a', answers: answersOf(0), milliseconds: 1 });
    queue = advance(queue, { type: 'undone', id: 'b' });
    expect(queue.outbox).toEqual([]);
    expect(queue.ready[0]).toBe(first);
  });

  it('asks the server to take back an answer that may have arrived', () => {
    let queue = filled(2);
    queue = advance(queue, { type: 'answered', id: 'a', answers: answersOf(0), milliseconds: 1 });
    queue = advance(queue, { type: 'sendBegan' });
    queue = advance(queue, { type: 'undone', id: 'b' });
    expect(queue.outbox.map(({ kind }) => kind)).toEqual(['vote', 'undo']);
  });

  it('first sends what an earlier page left, and only then asks for more', () => {
    const left: Entry = { kind: 'undo', id: 'x', token: 't', tried: true };
    expect(due(emptyQueue([left]))).toEqual({ send: left, fetch: null });
  });

  it('says which answer was refused and why, and goes on', () => {
    let queue = filled(2);
    queue = advance(queue, { type: 'answered', id: 'a', answers: answersOf(0), milliseconds: 1 });
    queue = advance(queue, { type: 'sendBegan' });
    queue = advance(queue, { type: 'sendRefused', problem: 'the task was removed' });
    expect(queue.refused.map(({ entry, problem }) => [entry.id, problem])).toEqual([['a', 'the task was removed']]);
    expect(queue.outbox).toEqual([]);
    expect(queue.answered).toEqual([]);
  });
});

function filled(tasks: number): Queue {
  const { next } = serverOf(tasks);
  return advance(advance(emptyQueue(), { type: 'fetchBegan' }), { type: 'fetched', ...next(tasks) });
}
