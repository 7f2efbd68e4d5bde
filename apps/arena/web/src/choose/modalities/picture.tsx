import { useEffect, useState } from 'react';
import type { CandidateProps } from './table.js';

const retryMilliseconds = 4000;

/** Decoded before it is shown (see prepare), so it is painted with the frame that shows it. */
export function PictureCandidate({ candidate, name }: CandidateProps) {
  const [broken, setBroken] = useState(false);
  useEffect(() => {
    if (!broken) return;
    const again = (): void => setBroken(false);
    const timer = setTimeout(again, retryMilliseconds);
    addEventListener('online', again);
    return () => {
      clearTimeout(timer);
      removeEventListener('online', again);
    };
  }, [broken]);
  // The style sheet says it: text in a button that is named otherwise would contradict its name.
  if (broken || !candidate.address) return <span className="broken" />;
  return (
    <img
      src={candidate.address}
      alt={name}
      draggable={false}
      decoding="sync"
      onError={() => setBroken(true)}
      onLoad={({ currentTarget }) => currentTarget.classList.toggle('tiny', currentTarget.naturalWidth <= 32)}
    />
  );
}
