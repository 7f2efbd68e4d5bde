/** A curve as small as a word: how it goes, not what it is. */
export function Sparkline({ points, label }: { points: readonly (readonly [number, number])[]; label: string }) {
  const [first] = points;
  const last = points.at(-1);
  if (!first || !last || points.length < 2) return null;
  const values = points.map(([, value]) => value);
  const low = Math.min(...values);
  const high = Math.max(...values);
  const x = (step: number): number => (100 * (step - first[0])) / Math.max(1, last[0] - first[0]);
  const y = (value: number): number => 2 + (20 * (high - value)) / (high - low || 1);
  return (
    <svg
      className="sparkline"
      viewBox="0 0 100 24"
      width="100"
      height="24"
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <polyline
        points={points.map(([step, value]) => `${x(step).toFixed(1)},${y(value).toFixed(1)}`).join(' ')}
        fill="none"
        stroke="var(--accent)"
        strokeWidth="1.5"
        strokeLinejoin="round"
      />
    </svg>
  );
}
