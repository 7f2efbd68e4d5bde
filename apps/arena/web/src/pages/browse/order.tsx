import type { StoredComparison } from '@bradley/arena-contract';
import { nameOf } from './candidate-view.js';

/** Candidates from best to worst; each can be moved up. */
export function Order({
  candidates,
  order,
  onChange,
}: {
  candidates: StoredComparison['candidates'];
  order: readonly number[];
  onChange: (order: number[]) => void;
}) {
  const raise = (place: number): void => {
    const next = [...order];
    next.splice(place - 1, 2, order[place] as number, order[place - 1] as number);
    onChange(next);
  };
  return (
    <ol className="order-list" aria-label="Best first">
      {order.map((index, place) => {
        const candidate = candidates[index];
        if (!candidate) return null;
        const name = nameOf(candidate, index);
        return (
          <li key={index}>
            <span className="number small soft">{place + 1}.</span>
            {candidate.address && candidate.type?.startsWith('image/') && <img src={candidate.address} alt="" />}
            <span className="order-name">{name}</span>
            <button
              type="button"
              className="button compact"
              disabled={place === 0}
              aria-label={`Move ${name} up`}
              onClick={() => raise(place)}
            >
              ↑
            </button>
          </li>
        );
      })}
    </ol>
  );
}
