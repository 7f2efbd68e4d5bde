import './candidates.css';
import type { Presentation } from '@bradley/arena-contract';
import { type CSSProperties, type PointerEvent, type RefObject, useLayoutEffect, useRef } from 'react';
import { magnification, type Spot, type useMagnifier } from './magnifier.js';
import { modalityLooks } from './modalities/table.js';

/** The candidates, side by side; above each other where the screen is narrow and high. */
export function Candidates({
  presentation,
  names,
  places,
  magnifier,
  stage,
  onChoose,
}: {
  presentation: Presentation;
  /** What each is called, such as "left picture". */
  names: readonly string[];
  /** In a ranking, what place each has by now, 1 the best; null where none is ranked. */
  places: readonly (number | null)[] | null;
  magnifier: ReturnType<typeof useMagnifier>;
  stage: RefObject<HTMLElement | null>;
  onChoose: (position: number) => void;
}) {
  const { candidates, modality } = presentation;
  const { Candidate, wholeIsButton } = modalityLooks[modality];
  const swipe = useSwipe(onChoose, places === null && wholeIsButton);
  const choose = (position: number): void => {
    if (!magnifier.wasHeld() && !swipe.justSwiped()) onChoose(position);
  };

  const close = magnifier.spot !== null;
  useLayoutEffect(() => {
    if (close && stage.current) measure(stage.current);
  }, [close, stage]);

  return (
    <section
      ref={stage}
      className={`stage ${modality} of-${candidates.length}`}
      aria-label="Candidates"
      {...swipe.handlers}
    >
      {candidates.map((candidate, position) => {
        const name = names[position] ?? '';
        const place = places?.[position] ?? null;
        const label =
          places === null ? `Choose ${name}` : `Rank ${name}${place === null ? '' : `, now place ${place}`}`;
        const shown = <Candidate key={candidate.address ?? candidate.text} candidate={candidate} name={name} />;
        return wholeIsButton ? (
          <button
            // biome-ignore lint/suspicious/noArrayIndexKey: the places on screen stay, so that focus does
            key={position}
            type="button"
            className="candidate"
            aria-label={label}
            style={closeUp(magnifier.spot)}
            data-close={magnifier.spot ? '' : undefined}
            onMouseDown={(event) => event.preventDefault()}
            onContextMenu={(event) => magnifier.wasHeld() && event.preventDefault()}
            onClick={() => choose(position)}
            {...magnifier.handlers}
          >
            {shown}
            <Place place={place} />
          </button>
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: the places on screen stay, so that focus does
          <div key={position} className="candidate">
            {shown}
            <button type="button" className="button" aria-label={label} onClick={() => choose(position)}>
              {places === null ? 'Choose' : 'Rank'} {name}
              <Place place={place} />
            </button>
          </div>
        );
      })}
    </section>
  );
}

function Place({ place }: { place: number | null }) {
  return place === null ? null : (
    <span className="place" aria-hidden="true">
      {place}
    </span>
  );
}

const closeUp = (spot: Spot): CSSProperties =>
  spot ? ({ '--spot': `${spot.x * 100}% ${spot.y * 100}%` } as CSSProperties) : {};

/** Says how much larger the pictures of the stage are drawn in a close look. */
function measure(stage: HTMLElement): void {
  for (const image of stage.querySelectorAll('img')) {
    const shown = Math.min(image.clientWidth, image.clientHeight * (image.naturalWidth / image.naturalHeight || 1));
    image.style.setProperty('--times', String(magnification(image.naturalWidth, shown, devicePixelRatio)));
  }
}

const swipeDistance = 48;

/** A swipe to the side chooses: to the left what stands first, to the right what stands second. */
function useSwipe(onChoose: (position: number) => void, enabled: boolean) {
  const start = useRef<{ x: number; y: number; id: number } | null>(null);
  const swiped = useRef(Number.NEGATIVE_INFINITY);
  const handlers = {
    onPointerDown(event: PointerEvent) {
      if (enabled && event.pointerType !== 'mouse')
        start.current = { x: event.clientX, y: event.clientY, id: event.pointerId };
    },
    onPointerUp(event: PointerEvent) {
      const from = start.current;
      start.current = null;
      if (from?.id !== event.pointerId) return;
      const [x, y] = [event.clientX - from.x, event.clientY - from.y];
      if (Math.abs(x) < swipeDistance || Math.abs(x) < 1.5 * Math.abs(y)) return;
      swiped.current = event.timeStamp;
      onChoose(x < 0 ? 0 : 1);
    },
    onPointerCancel() {
      start.current = null;
    },
  };
  return { handlers: enabled ? handlers : {}, justSwiped: () => performance.now() - swiped.current < 400 };
}
