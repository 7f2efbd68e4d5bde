import type { Presentation } from '@bradley/arena-contract';
import { useSyncExternalStore } from 'react';
import { modalityLooks } from './modalities/table.js';

const stacked = matchMedia('(max-width: 640px) and (orientation: portrait)');

/** Whether two candidates stand above each other: the same condition as in candidates.css. */
export const useStacked = (): boolean =>
  useSyncExternalStore(
    (changed) => {
      stacked.addEventListener('change', changed);
      return () => stacked.removeEventListener('change', changed);
    },
    () => stacked.matches,
  );

/** What the candidates are called, by where they stand: "left picture", "text 3". */
export function candidateNames({ candidates, modality }: Presentation, isStacked: boolean): string[] {
  const { noun } = modalityLooks[modality];
  if (candidates.length === 2)
    return (isStacked ? ['upper', 'lower'] : ['left', 'right']).map((side) => `${side} ${noun}`);
  return candidates.map((_, position) => `${noun} ${position + 1}`);
}
