import type { Presentation } from '@bradley/arena-contract';
import { legend } from './keys.js';
import type { useLetterKeys } from './letter-keys.js';
import { modalityLooks } from './modalities/table.js';

/** What the keys do, for whoever has a keyboard; the style sheet hides it from those who touch. */
export function KeyLegend({
  presentation,
  letters,
}: {
  presentation: Presentation;
  letters: ReturnType<typeof useLetterKeys>;
}) {
  const kind = presentation.candidates.length === 2 ? 'pair' : 'ranking';
  const rows = [...legend, ...modalityLooks[presentation.modality].legend].filter(
    (row) =>
      (row.for ?? kind) === kind &&
      (row.needs === undefined || presentation[row.needs]) &&
      (letters.on || row.keys.some((name) => name.length > 1 || /[←→↓]/.test(name))),
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
      <li>
        <button type="button" className="quiet" onClick={letters.toggle}>
          {letters.on ? 'Turn letter keys off' : 'Turn letter keys on'}
        </button>
      </li>
    </ul>
  );
}
