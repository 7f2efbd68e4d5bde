import { useEffect, useState } from 'react';

/** Copies a text; says that it did, to the eye and to a screen reader. */
export function CopyButton({ text, what }: { text: string; what: string }) {
  const [said, setSaid] = useState('');
  useEffect(() => {
    if (!said) return;
    const timer = setTimeout(() => setSaid(''), 2500);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = (): Promise<void> =>
    navigator.clipboard.writeText(text).then(
      () => setSaid('Copied'),
      () => setSaid('Could not copy: select it and press Ctrl+C'),
    );
  return (
    <>
      <button type="button" className="button compact" aria-label={`Copy ${what}`} onClick={() => void copy()}>
        {said === 'Copied' ? 'Copied' : 'Copy'}
      </button>
      <span role="status" className={said === 'Copied' ? 'unseen' : 'small soft'}>
        {said}
      </span>
    </>
  );
}
