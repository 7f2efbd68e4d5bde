import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type KeptLines, openKeptLines } from './kept-lines.js';
import type { Scorable, Scorer } from './scorer.js';

/** A scorer that remembers its scores on disk. */
export interface KeptScorer extends Scorer {
  /** The score of a picture with this sha256, if it is kept: so that nobody decodes a picture for it. */
  known(picture: { readonly prompt: string; readonly sha256: string }): Promise<number | undefined>;
}

/**
 * Keeps a scorer's scores in a folder, a file for each identity, by the sha256 of the picture, and by its prompt where the scorer
 * reads one. The pictures of a call are kept together when all have been scored; killed, one loses that call at most.
 * A picture without sha256 is known by its pixels.
 */
export function keptScores(scorer: Scorer, folder: string): KeptScorer {
  let opening: Promise<KeptLines> | undefined;
  const lines = (): Promise<KeptLines> => {
    opening ??= openKeptLines(join(folder, `${scorer.identity}.scores`), `scores of ${scorer.name}`);
    return opening;
  };
  const keyOf = ({ prompt, sha256 }: { prompt: string; sha256: string }): string =>
    digest(JSON.stringify(scorer.readsPrompt ? [sha256, prompt] : [sha256]));
  const { name, identity, weights, readsPrompt, learntFrom } = scorer;
  return {
    name,
    identity,
    weights,
    readsPrompt,
    learntFrom,
    release: () => scorer.release(),
    async known(picture) {
      return parseScore((await lines()).get(keyOf(picture)));
    },
    async score(items) {
      const kept = await lines();
      const keys = items.map((item) => keyOf({ prompt: item.prompt, sha256: item.sha256 ?? pixelsDigest(item) }));
      const missing = new Map<string, Scorable>();
      for (const [i, item] of items.entries()) {
        const key = keys[i] as string;
        if (parseScore(kept.get(key)) === undefined) missing.set(key, item);
      }
      if (missing.size > 0) {
        const fresh = await scorer.score([...missing.values()]);
        if (fresh.length !== missing.size || fresh.some((score) => !Number.isFinite(score)))
          throw new Error(
            `${scorer.name} gave ${[...fresh].join(', ')} for ${missing.size} pictures, where each has a finite score.`,
          );
        await kept.add([...missing.keys()].map((key, i) => [key, JSON.stringify(fresh[i])] as const));
      }
      return Float64Array.from(keys, (key) => parseScore(kept.get(key)) as number);
    },
  };
}

/** Undefined for what is no finite number: then the picture is scored. */
function parseScore(json: string | undefined): number | undefined {
  const score = json === undefined ? Number.NaN : Number(json);
  return Number.isFinite(score) ? score : undefined;
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);

const pixelsDigest = ({ image: { width, height, data } }: Scorable): string =>
  createHash('sha256').update(`pixels ${width} ${height} `).update(data).digest('hex');
