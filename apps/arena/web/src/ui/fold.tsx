import './fold.css';
import type { ReactNode } from 'react';

/** What is shown only to those who ask. */
export function Fold({ says, children }: { says: string; children: ReactNode }) {
  return (
    <details className="fold">
      <summary>{says}</summary>
      {children}
    </details>
  );
}
