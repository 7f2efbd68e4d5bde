import { type RefObject, useEffect, useState } from 'react';
import type { CandidateProps } from './table.js';
import { useSpace } from './use-space.js';

export function VideoCandidate({ candidate, name }: CandidateProps) {
  return <video src={candidate.address ?? undefined} preload="auto" loop muted playsInline aria-label={name} />;
}

/** Plays, stops and seeks all videos together: the first leads, the others follow it. */
export function VideoControls({ stage }: { stage: RefObject<HTMLElement | null> }) {
  const [playing, setPlaying] = useState(() => !matchMedia('(prefers-reduced-motion: reduce)').matches);
  const [at, setAt] = useState(0);
  const [duration, setDuration] = useState(0);

  useEffect(() => {
    const videos = [...(stage.current?.querySelectorAll('video') ?? [])];
    for (const video of videos) {
      if (playing) video.play().catch(() => setPlaying(false));
      else video.pause();
    }
    const lead = videos[0];
    if (!lead) return;
    const follow = (): void => {
      setAt(lead.currentTime);
      if (Number.isFinite(lead.duration)) setDuration(lead.duration);
      for (const video of videos.slice(1))
        if (Math.abs(video.currentTime - lead.currentTime) > 0.08 && lead.currentTime < video.duration)
          video.currentTime = lead.currentTime;
    };
    follow();
    const timer = setInterval(follow, 200);
    return () => clearInterval(timer);
  }, [playing, stage]);

  const seek = (seconds: number): void => {
    setAt(seconds);
    for (const video of stage.current?.querySelectorAll('video') ?? []) video.currentTime = seconds;
  };

  const toggle = (): void => setPlaying(!playing);
  useSpace(toggle);
  return (
    <div className="row video-controls">
      <button type="button" className="button compact" onClick={toggle}>
        {playing ? 'Pause' : 'Play'}
      </button>
      <input
        type="range"
        min={0}
        max={duration || 1}
        step={0.01}
        value={at}
        aria-label="Time in all videos"
        onChange={({ target }) => seek(Number(target.value))}
      />
      <span className="small soft number">
        {at.toFixed(1)} / {duration.toFixed(1)} s
      </span>
    </div>
  );
}
