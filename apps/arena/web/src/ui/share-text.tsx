import type { Share } from '@bradley/arena-contract';
import { percent, whole } from './say.js';

/** A share as its count of its total; the interval is in the title and for screen readers. */
export function ShareText({ share }: { share: Share }) {
  const { count, total, low, high } = share;
  if (total === 0) return <span className="soft">none</span>;
  const interval = `95 % interval ${percent(low)} to ${percent(high)}`;
  return (
    <span title={interval}>
      {percent(count / total)}{' '}
      <span className="soft">
        ({whole(count)} of {whole(total)})
      </span>
      <span className="unseen">, {interval}</span>
    </span>
  );
}
