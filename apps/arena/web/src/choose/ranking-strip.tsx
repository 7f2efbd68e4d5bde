import './ranking-strip.css';
import type { Presentation } from '@bradley/arena-contract';
import { useState } from 'react';
import { move } from './ranking.js';
import type { Answering } from './use-answering.js';

/** The order as it is by now, to be rearranged by dragging or with the arrow keys. */
export function RankingStrip({
  presentation,
  names,
  answering,
}: {
  presentation: Presentation;
  names: readonly string[];
  answering: Answering;
}) {
  const { order } = answering;
  const [dragged, setDragged] = useState<number | null>(null);
  const shift = (place: number, by: number): void => answering.arrange(move(order, place, place + by));
  return (
    <ol className="ranking-strip" aria-label="Your order, best first" data-arrows="">
      {order.map((position, place) => {
        const candidate = presentation.candidates[position];
        return (
          <li
            key={position}
            draggable
            data-dragged={dragged === place || undefined}
            onDragStart={() => setDragged(place)}
            onDragEnd={() => setDragged(null)}
            onDragOver={(event) => {
              event.preventDefault();
              if (dragged === null || dragged === place) return;
              answering.arrange(move(order, dragged, place));
              setDragged(place);
            }}
          >
            <button
              type="button"
              aria-label={`Place ${place + 1}: ${names[position]}. Left and right arrow keys move it.`}
              onKeyDown={({ key }) => {
                if (key === 'ArrowLeft') shift(place, -1);
                if (key === 'ArrowRight') shift(place, 1);
              }}
            >
              <span className="strip-place">{place + 1}</span>
              {presentation.modality === 'image' && candidate?.address ? (
                <img src={candidate.address} alt="" draggable={false} />
              ) : (
                <span>{names[position]}</span>
              )}
            </button>
          </li>
        );
      })}
      {order.length === 0 && <li className="soft small">Nothing is ranked yet.</li>}
    </ol>
  );
}
