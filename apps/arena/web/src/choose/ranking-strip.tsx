import './ranking-strip.css';
import type { Presentation } from '@bradley/arena-contract';
import { type PointerEvent, useRef, useState } from 'react';
import { move } from './ranking.js';
import type { Answering } from './use-answering.js';

/** The order as it is by now, to be rearranged by dragging with mouse, finger or pen, or with the arrow keys. */
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
  const { dragged, handlers } = useDrag((from, to) => answering.arrange(move(order, from, to)));
  const shift = (place: number, by: number): void => answering.arrange(move(order, place, place + by));
  return (
    <ol className="ranking-strip" aria-label="Your order, best first" data-arrows="" {...handlers}>
      {order.map((position, place) => {
        const candidate = presentation.candidates[position];
        return (
          <li key={position} data-place={place} data-dragged={dragged === place || undefined}>
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

/** Dragging in a list whose items say their `data-place`. The list holds the pointer, since its items change places below it. */
function useDrag(onMove: (from: number, to: number) => void) {
  const pointer = useRef<number | null>(null);
  const [dragged, setDragged] = useState<number | null>(null);
  const end = (): void => {
    pointer.current = null;
    setDragged(null);
  };
  const handlers = {
    onPointerDown(event: PointerEvent<HTMLElement>) {
      const place = placeOf(event.target);
      if (place === null || !event.isPrimary || event.button !== 0) return;
      pointer.current = event.pointerId;
      setDragged(place);
      event.currentTarget.setPointerCapture(event.pointerId);
    },
    onPointerMove(event: PointerEvent<HTMLElement>) {
      if (pointer.current !== event.pointerId || dragged === null) return;
      const over = placeOf(document.elementFromPoint(event.clientX, event.clientY));
      if (over === null || over === dragged) return;
      onMove(dragged, over);
      setDragged(over);
    },
    onPointerUp: end,
    onPointerCancel: end,
  };
  return { dragged, handlers };
}

function placeOf(target: EventTarget | null): number | null {
  const item = target instanceof Element ? target.closest<HTMLElement>('.ranking-strip [data-place]') : null;
  return item ? Number(item.dataset.place) : null;
}
