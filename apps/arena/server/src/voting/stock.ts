import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { addTasks, keepMedia, type MediaStore } from '@bradley/preferences';
import type { Drawer } from '../services.js';
import { drawsFor } from './draws-for.js';
import { type ProjectState, refreshTask } from './project-state.js';
import { openFor } from './rater-state.js';
import { projectState, type Voting } from './voting.js';

/** Pictures that are drawn ahead of those who choose between them. */
export interface Stock {
  /** Whether pictures are drawn for a project. */
  draws(state: ProjectState): boolean;
  /** Notes that a rater is there, and draws what will be missing. */
  want(state: ProjectState, raterId: string): void;
  /** Has pairs drawn for prompts of one's own, before all others; false where too many wait already. */
  add(state: ProjectState, prompts: readonly string[]): boolean;
  /** Pairs that are being drawn or wait for it. */
  drawing(state: ProjectState): number;
  /** Returns once a pair was drawn for a project, after so many milliseconds, when nobody waits any more, or when the arena closes. */
  drawn(projectId: string, milliseconds: number, signal: AbortSignal): Promise<void>;
  /** Notes how many pairs of a project somebody else has yet to draw, and that there may be one more to show. */
  elsewhere(projectId: string, drawing: number): void;
  /** Returns once nothing is being drawn. */
  ended(): Promise<void>;
}

interface Wish {
  readonly projectId: string;
  /** When each rater asked last. */
  readonly raters: Map<string, number>;
  readonly prompts: string[];
  readonly waiting: Set<() => void>;
  /** Whether the pair under way is for this project. */
  busy: boolean;
}

/** Tasks that should lie ready for each rater; the first who comes finds them drawn one by one. */
const ahead = 6;
/** Whoever was not heard of for this long is drawn for no more. */
const activeFor = 120_000;
/** No project has more than this lying ready, however many choose. */
const most = 48;
const mostPrompts = 100;
/** After the n-th failure in a row the next try is this · 2ⁿ milliseconds later, a minute at most. */
const pause = 500;

/** One pair is drawn at a time, in turn for the projects that lack some; people's own prompts go first. */
export function openStock(voting: Voting, media: MediaStore, drawer: Drawer | null, closing: AbortSignal): Stock {
  const wishes = new Map<string, Wish>();
  const others = new Map<string, number>();
  let running: Promise<void> | null = null;
  let suggestions: string[] = [];

  const wishOf = (projectId: string): Wish => {
    const known = wishes.get(projectId);
    if (known) return known;
    const wish = { projectId, raters: new Map(), prompts: [], waiting: new Set<() => void>(), busy: false };
    wishes.set(projectId, wish);
    return wish;
  };
  closing.addEventListener('abort', () => {
    for (const { waiting } of wishes.values()) for (const wake of waiting) wake();
  });
  const draws = (state: ProjectState) => drawer !== null && drawsFor(state.settings, state.verdictOf);
  const suggest = (by: Drawer): string => {
    if (suggestions.length === 0) suggestions = by.suggestions(32, randomInt(2 ** 31));
    const prompt = suggestions.pop();
    if (prompt === undefined) throw new Error(`${by.model} suggests no prompt to draw`);
    return prompt;
  };

  /** The next pair to draw, or null where nobody lacks any. */
  const nextPair = async (): Promise<{ wish: Wish; state: ProjectState; own: boolean } | null> => {
    for (const own of [true, false])
      for (const wish of wishes.values()) {
        if (own && wish.prompts.length === 0) continue;
        const state = await projectState(voting, wish.projectId).catch(() => null);
        if (state && draws(state) && (own || lack(state, wish) > 0)) return { wish, state, own };
        if (own || state === null) wish.prompts.length = 0; // deleted, or drawn for no more
      }
    return null;
  };
  const drawOne = async (by: Drawer, { wish, state, own }: { wish: Wish; state: ProjectState; own: boolean }) => {
    const prompt = (own ? wish.prompts[0] : undefined) ?? suggest(by);
    const pair = await by.pair(prompt, randomInt(2 ** 31), closing);
    const { model, steps, guidance } = by;
    const kept = await keepMedia(
      voting.store,
      media,
      pair.map(({ png }) => ({ bytes: png })),
    );
    const candidates = kept.map(({ sha256 }, i) => ({ media: sha256, model, seed: pair[i]?.seed, steps, guidance }));
    const [id] = await addTasks(voting.store, state.id, [{ prompt, candidates, ahead: own }]);
    if (own) wish.prompts.shift();
    if (id) await refreshTask(voting.store, await projectState(voting, state.id), id);
  };
  const run = async (by: Drawer): Promise<void> => {
    for (let failures = 0; !closing.aborted; ) {
      const next = await nextPair();
      if (!next) return;
      const { wish } = next;
      wish.busy = true;
      try {
        await drawOne(by, next);
        failures = 0;
      } catch (error) {
        if (closing.aborted) return;
        voting.log(`project ${wish.projectId}: no pictures drawn: ${error instanceof Error ? error.message : error}`);
        // A prompt that cannot be drawn must not stop the others.
        if (++failures >= 3 && next.own) wish.prompts.shift();
        await sleep(Math.min(pause * 2 ** failures, 60_000), undefined, { signal: closing }).catch(() => {});
      } finally {
        wish.busy = false;
        for (const wake of wish.waiting) wake();
        // Whose turn it was comes last.
        wishes.delete(wish.projectId);
        wishes.set(wish.projectId, wish);
      }
    }
  };
  const start = () => {
    if (running !== null || drawer === null || closing.aborted) return;
    running = run(drawer)
      .catch((error) => voting.log(`drawing ended: ${error}`))
      .finally(() => {
        running = null;
      });
  };

  return {
    draws,
    want(state, raterId) {
      if (!draws(state)) return;
      wishOf(state.id).raters.set(raterId, Date.now());
      start();
    },
    add(state, prompts) {
      const wish = wishOf(state.id);
      if (wish.prompts.length + prompts.length > mostPrompts) return false;
      wish.prompts.push(...prompts);
      start();
      return true;
    },
    drawing(state) {
      const wish = wishes.get(state.id);
      if (!wish || !draws(state)) return others.get(state.id) ?? 0;
      return Math.max(wish.prompts.length + Math.max(0, lack(state, wish)), wish.busy ? 1 : 0);
    },
    elsewhere(projectId, drawing) {
      if (drawing > 0) others.set(projectId, drawing);
      else others.delete(projectId);
      for (const wake of wishes.get(projectId)?.waiting ?? []) wake();
    },
    ended: async () => (await running) ?? undefined,
    drawn(projectId, milliseconds, signal) {
      const { waiting } = wishOf(projectId);
      return new Promise((resolve) => {
        const end = () => {
          clearTimeout(timer);
          waiting.delete(end);
          signal.removeEventListener('abort', end);
          resolve();
        };
        const timer = setTimeout(end, milliseconds);
        waiting.add(end);
        signal.addEventListener('abort', end);
        if (signal.aborted || closing.aborted) end();
      });
    },
  };
}

/** How many pairs are missing for those who are there: each should have some ahead, and all together enough for their votes. */
function lack({ index, raters, settings }: ProjectState, wish: Wish): number {
  const now = Date.now();
  for (const [rater, asked] of wish.raters) if (now - asked > activeFor) wish.raters.delete(rater);
  if (wish.raters.size === 0) return 0;
  const free = index.free.ahead.length + index.free.others.length;
  const left = [...wish.raters.keys()].map((id) => {
    const rater = raters.get(id);
    return rater ? openFor(index, rater) - rater.outstanding.size : free;
  });
  const forAll = Math.ceil((ahead * wish.raters.size) / settings.votesPerTask) - free;
  return Math.min(Math.max(ahead - Math.min(...left), forAll), most - free);
}
