import type { ReactNode } from 'react';

/** What went wrong, said to everybody; nothing where nothing did. */
export function Problem({ children }: { children: ReactNode }) {
  if (!children) return null;
  return (
    <div className="notice wrong" role="alert">
      {children}
    </div>
  );
}
