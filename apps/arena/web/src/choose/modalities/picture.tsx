import { useState } from 'react';
import type { CandidateProps } from './table.js';

/** Decoded before it is shown (see prepare), so it is painted with the frame that shows it. */
export function PictureCandidate({ candidate, name }: CandidateProps) {
  const [broken, setBroken] = useState(false);
  if (broken || !candidate.address)
    return (
      <span className="broken" aria-hidden="true">
        This picture could not be loaded.
      </span>
    );
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
