import type { Statistics } from '@bradley/arena-contract';
import { count } from '../../ui/say.js';
import { alphaWords } from './alpha-words.js';

export function Agreement({ alpha }: { alpha: Statistics['questions'][number]['alpha'] }) {
  const { value, low, high, units } = alpha;
  return (
    <section className="card" aria-labelledby="agreement">
      <h2 id="agreement">Agreement between raters</h2>
      {value !== null && (
        <p>
          <span className="results-alpha">{figureOf(value)}</span>{' '}
          <span className="soft">
            Krippendorff’s alpha
            {low !== null && high !== null && `, 95 % interval ${figureOf(low)} to ${figureOf(high)}`}
          </span>
        </p>
      )}
      <p>{alphaWords(alpha)}</p>
      <p className="soft small">
        From {count(units, 'task')} that two or more raters answered. 1 is full agreement, 0 what chance would give.
      </p>
    </section>
  );
}

const figureOf = (n: number): string => n.toFixed(2).replace('-', '−');
