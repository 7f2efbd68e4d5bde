import type { Presentation } from '@bradley/arena-contract';
import { legend, pictureLegend } from './keys.js';

/** What the keys do, for whoever has a keyboard; the style sheet hides it from those who touch. */
export function KeyLegend({ presentation, closeLook }: { presentation: Presentation; closeLook: boolean }) {
  const kind = presentation.candidates.length === 2 ? 'pair' : 'ranking';
  const rows = [...legend, ...(closeLook ? pictureLegend : [])].filter(
    (row) => (row.for ?? kind) === kind && (row.needs === undefined || presentation[row.needs]),
  );
  return (
    <ul className="key-legend" aria-label="Keys">
      {rows.map(({ keys, says }) => (
        <li key={says}>
          {keys.map((key) => (
            <kbd key={key}>{key}</kbd>
          ))}{' '}
          {says}
        </li>
      ))}
    </ul>
  );
}
