import type { Statistics } from '@bradley/arena-contract';
import { count, duration, percent, whole } from '../../ui/say.js';
import { nameOfKind } from './kinds.js';

/** How many comparisons there are, of what kind, by how many, how quickly. */
export function Overview({ statistics }: { statistics: Statistics }) {
  const { comparisons, withdrawn, raters, kinds, speed } = statistics;
  const byCount = Object.entries(kinds).sort(([, a], [, b]) => b - a);
  return (
    <section className="section" aria-label="Overview">
      <dl className="facts">
        <div className="fact">
          <dt>Comparisons</dt>
          <dd>{whole(comparisons)}</dd>
          <dd className="small">
            {withdrawn > 0 ? `and ${whole(withdrawn)} withdrawn, not counted` : 'none withdrawn'}
          </dd>
        </div>
        <div className="fact">
          <dt>Raters</dt>
          <dd>{whole(raters)}</dd>
          <dd className="small">
            {raters > 0
              ? `${count(Math.round(comparisons / raters), 'comparison')} each on average`
              : 'no names are known'}
          </dd>
        </div>
        <div className="fact">
          <dt>Half take less than</dt>
          <dd>{speed.median === null ? 'unknown' : duration(speed.median / 1000)}</dd>
          <dd className="small">
            {speed.lower === null || speed.upper === null
              ? 'no times were recorded'
              : `the middle half ${duration(speed.lower / 1000)} to ${duration(speed.upper / 1000)}`}
          </dd>
        </div>
        {byCount.map(([kind, n]) => (
          <div className="fact" key={kind}>
            <dt>{nameOfKind(kind)}</dt>
            <dd>{percent(n / comparisons)}</dd>
            <dd className="small">{`${whole(n)} of ${whole(comparisons)}`}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
