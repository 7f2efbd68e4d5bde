import './interval-bar.css';
import type { Share } from '@bradley/arena-contract';
import { percent } from './say.js';

/** A share with its 95 % interval on a line from 0 to 1, and one half marked. */
export function IntervalBar({ share, label }: { share: Share; label: string }) {
  const { count, total, low, high } = share;
  const at = total > 0 ? count / total : 0.5;
  const says = `${label}: ${count} of ${total}, ${percent(at)}, 95 % interval from ${percent(low)} to ${percent(high)}`;
  return (
    <div className="interval" role="img" aria-label={says}>
      <div className="interval-line">
        <div className="interval-range" style={{ left: `${100 * low}%`, width: `${100 * (high - low)}%` }} />
        <div className="interval-half" />
        {total > 0 && <div className="interval-dot" style={{ left: `${100 * at}%` }} />}
      </div>
      <div className="interval-scale" aria-hidden="true">
        <span>0 %</span>
        <span>½</span>
        <span>100 %</span>
      </div>
    </div>
  );
}
