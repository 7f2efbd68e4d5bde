import './flicker.css';
import type { Presentation } from '@bradley/arena-contract';
import { useEffect, useState } from 'react';

/** Twice a second is well below three flashes a second, which could harm. */
const milliseconds = 500;

/** The pictures at one place, one after the other, so that what differs moves. */
export function Flicker({ presentation, names }: { presentation: Presentation; names: readonly string[] }) {
  const [shown, setShown] = useState(0);
  const count = presentation.candidates.length;
  useEffect(() => {
    const timer = setInterval(() => setShown((before) => (before + 1) % count), milliseconds);
    return () => clearInterval(timer);
  }, [count]);
  return (
    <div className="flicker" aria-hidden="true">
      {presentation.candidates.map(({ address }, position) => (
        <img
          key={address}
          src={address ?? undefined}
          alt=""
          decoding="sync"
          data-shown={position === shown || undefined}
        />
      ))}
      <span className="tag">{names[shown]}</span>
    </div>
  );
}
