import type { ReactNode } from 'react';
import type { Loaded } from './use-loaded.js';

/** Shows what was loaded; until then that it is being loaded, or why it could not be. */
export function WhenLoaded<T>({
  of,
  what,
  children,
}: {
  of: Loaded<T> & { readonly reload: () => Promise<void> };
  /** In a sentence: "Loading ‹the results›…" */
  what: string;
  children: (value: T) => ReactNode;
}) {
  if (of.state === 'ready') return children(of.value);
  if (of.state === 'loading')
    return (
      <p className="soft" role="status">
        Loading {what}…
      </p>
    );
  return (
    <div className="notice wrong" role="alert">
      <span>
        Could not load {what}: {of.problem.message}
      </span>
      <button type="button" className="button compact" onClick={() => void of.reload()}>
        Try again
      </button>
    </div>
  );
}
