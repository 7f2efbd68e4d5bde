import './chart.css';
import { type PlotOptions, plot } from '@observablehq/plot';
import { useEffect, useRef, useState } from 'react';

/**
 * A chart of Observable Plot, as wide as its place. What it shows must also be said in words or a table beside it: `label` is all
 * that a screen reader gets.
 */
export function Chart({ options, label }: { options: (width: number) => PlotOptions; label: string }) {
  const place = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);

  useEffect(() => {
    if (!place.current) return;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    observer.observe(place.current);
    return () => observer.disconnect();
  }, []);

  useEffect(() => {
    if (!place.current || width < 60) return;
    const drawn = plot({ width, className: 'chart-marks', ...options(width) });
    // The page's policy takes styles from its own sheets only: chart.css has what Plot would put here.
    for (const style of drawn.querySelectorAll('style')) style.remove();
    // One picture with one name: names of its groups say "line" and "rule".
    for (const part of drawn.querySelectorAll('[aria-label]')) part.removeAttribute('aria-label');
    drawn.setAttribute('role', 'img');
    drawn.setAttribute('aria-label', label);
    place.current.replaceChildren(drawn);
  }, [options, width, label]);

  return <div ref={place} className="chart" />;
}
