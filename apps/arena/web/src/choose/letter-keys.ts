import { useCallback, useState } from 'react';

const key = 'bradley letter keys';

/**
 * Whether letters and digits are commands. Who speaks to the computer, or whose hands slip, can turn them off (WCAG 2.1.4); the arrows
 * and Enter stay.
 */
export function useLetterKeys(): { readonly on: boolean; readonly toggle: () => void } {
  const [on, setOn] = useState(() => localStorage.getItem(key) !== 'off');
  const toggle = useCallback(() => {
    localStorage.setItem(key, on ? 'off' : 'on');
    setOn(!on);
  }, [on]);
  return { on, toggle };
}
