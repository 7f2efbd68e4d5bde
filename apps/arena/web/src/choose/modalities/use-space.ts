import { useEffect, useRef } from 'react';

/** Calls `onPress` for the space bar, except where a control, or a text that scrolls, takes it itself. */
export function useSpace(onPress: () => void): void {
  const latest = useRef(onPress);
  latest.current = onPress;
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const target = event.target instanceof Element ? event.target : document.body;
      if (event.key !== ' ' || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
      if (target.closest('button, a, summary, input, textarea, select, dialog, video, audio')) return;
      event.preventDefault(); // it would scroll the page
      latest.current();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, []);
}
