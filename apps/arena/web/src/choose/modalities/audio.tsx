import { type RefObject, useEffect, useState } from 'react';
import type { CandidateProps } from './table.js';
import { useSpace } from './use-space.js';

export function AudioCandidate({ candidate, name }: CandidateProps) {
  return (
    <div className="listening">
      {/* biome-ignore lint/a11y/useMediaCaption: what is judged is the sound itself; nobody wrote captions for it */}
      <audio src={candidate.address ?? undefined} controls preload="auto" aria-label={name} />
    </div>
  );
}

/** Plays all recordings, one after the other, each from its beginning. */
export function AudioControls({ stage }: { stage: RefObject<HTMLElement | null> }) {
  const [playing, setPlaying] = useState<number | null>(null);

  useEffect(() => {
    if (playing === null) return;
    const players = [...(stage.current?.querySelectorAll('audio') ?? [])];
    const player = players[playing];
    if (!player) return setPlaying(null);
    for (const other of players) if (other !== player) other.pause();
    const next = (): void => setPlaying(playing + 1);
    player.currentTime = 0;
    player.addEventListener('ended', next);
    player.play().catch(() => setPlaying(null));
    return () => {
      player.removeEventListener('ended', next);
      player.pause();
    };
  }, [playing, stage]);

  const toggle = (): void => setPlaying(playing === null ? 0 : null);
  useSpace(toggle);
  return (
    <button type="button" className="button compact" onClick={toggle}>
      {playing === null ? 'Play one after the other' : `Stop (playing ${playing + 1})`}
    </button>
  );
}
