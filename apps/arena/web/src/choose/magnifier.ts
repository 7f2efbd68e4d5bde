import { type PointerEvent, useCallback, useRef, useState } from 'react';

/** Where in the pictures one looks closely, as shares of width and height; null while one does not. */
export type Spot = { readonly x: number; readonly y: number } | null;

const holdMilliseconds = 260;
const center = { x: 0.5, y: 0.5 };

/** Looking closely: a click that is held, or Z. All pictures show the same place. A click that was held chooses nothing. */
export function useMagnifier(enabled: boolean) {
  const [spot, setSpot] = useState<Spot>(null);
  const pointer = useRef(center);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const held = useRef(false);

  const stop = useCallback(() => {
    if (timer.current) clearTimeout(timer.current);
    timer.current = null;
    setSpot(null);
  }, []);
  const start = useCallback(() => setSpot(pointer.current), []);

  const follow = (event: PointerEvent<HTMLElement>): void => {
    const box = event.currentTarget.getBoundingClientRect();
    pointer.current = { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height };
    if (spot) setSpot(pointer.current);
  };

  const handlers = enabled
    ? {
        onPointerDown(event: PointerEvent<HTMLElement>) {
          if (event.button !== 0) return;
          follow(event);
          held.current = false;
          timer.current = setTimeout(() => {
            held.current = true;
            start();
          }, holdMilliseconds);
        },
        onPointerMove: follow,
        onPointerUp: stop,
        onPointerCancel: stop,
        onPointerLeave() {
          pointer.current = center;
          stop();
        },
      }
    : {};

  return { spot, handlers, start, stop, wasHeld: () => held.current };
}

/**
 * How many times larger a picture is drawn, so that each of its pixels covers a whole number of the screen's: at least twice
 * what is shown, and at least pixel for pixel.
 */
export function magnification(natural: number, shown: number, devicePixels: number): number {
  if (natural <= 0 || shown <= 0) return 2;
  const perPixel = Math.max(1, Math.ceil((2 * shown * devicePixels) / natural));
  const pixelForPixel = natural > 2 * shown * devicePixels;
  return ((pixelForPixel ? 1 : perPixel) * natural) / (shown * devicePixels);
}
