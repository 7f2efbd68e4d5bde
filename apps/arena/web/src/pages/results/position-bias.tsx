import type { Share } from '@bradley/arena-contract';
import { IntervalBar } from '../../ui/interval-bar.js';
import { percent, whole } from '../../ui/say.js';

/** How often what stood first won: one half where the place on screen does not matter. */
export function PositionBias({ first }: { first: Share }) {
  const { count, total } = first;
  return (
    <section className="card" aria-labelledby="position">
      <h2 id="position">Does the place on screen matter?</h2>
      {total === 0 ? (
        <p className="soft">Unknown: of no pair is it recorded what stood where.</p>
      ) : (
        <>
          <IntervalBar share={first} label="Won by what stood first" />
          <p>{biasWords(first)}</p>
          <p className="soft small">
            {percent(count / total)}: what stood first won {whole(count)} of {whole(total)} decided pairs whose order is
            recorded.
          </p>
        </>
      )}
    </section>
  );
}

export function biasWords({ count, total, low, high }: Share): string {
  if (low > 0.5)
    return 'What stands first wins more often than chance explains. The order is random, so no model gains by it.';
  if (high < 0.5)
    return 'What stands first wins less often than chance explains. The order is random, so no model loses by it.';
  return `No sign of it: the interval has one half in it${Math.abs(count / total - 0.5) > 0.1 ? ', but it is still wide' : ''}.`;
}
