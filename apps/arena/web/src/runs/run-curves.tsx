import type { MetricRecord } from '@bradley/arena-contract';
import { type Data, dot, lineY, type Markish, ruleY } from '@observablehq/plot';
import { useMemo } from 'react';
import { Chart } from '../charts/chart.js';
import { figure } from '../ui/say.js';
import { series, smooth } from './series.js';

/** What is worth a curve of its own, where a run has it. */
const curves: readonly { metric: string; title: string; level?: number; domain?: [number, number] }[] = [
  { metric: 'loss', title: 'Loss' },
  { metric: 'implicitAccuracy', title: 'Implicit accuracy', level: 0.5, domain: [0, 1] },
  { metric: 'heldOutLoss', title: 'Held-out loss' },
  { metric: 'heldOutAccuracy', title: 'Held-out accuracy', level: 0.5, domain: [0, 1] },
];

export function RunCurves({ records, totalSteps }: { records: readonly MetricRecord[]; totalSteps: number | null }) {
  return (
    <div className="columns">
      {curves.map(({ metric, ...look }) => (
        <Curve key={metric} records={records} metric={metric} totalSteps={totalSteps} {...look} />
      ))}
    </div>
  );
}

function Curve({
  records,
  metric,
  title,
  level,
  domain,
  totalSteps,
}: {
  records: readonly MetricRecord[];
  metric: string;
  title: string;
  level?: number;
  domain?: [number, number];
  totalSteps: number | null;
}) {
  const points = useMemo(() => series(records, metric), [records, metric]);
  const smoothed = useMemo(() => smooth(points, Math.min(25, points.length / 4)), [points]);
  const options = useMemo(() => {
    const xy = { x: 'step', y: 'value' } as const;
    const marks: Markish[] = [
      ...(level === undefined ? [] : [ruleY([level], { stroke: 'var(--line-strong)', strokeDasharray: '2 3' })]),
      points.length < 3
        ? dot(points as Data, { ...xy, fill: 'var(--accent)' })
        : lineY(points as Data, { ...xy, stroke: 'var(--accent)', strokeOpacity: 0.3, strokeWidth: 1 }),
      lineY(smoothed as Data, { ...xy, stroke: 'var(--accent)', strokeWidth: 2 }),
    ];
    return () => ({
      height: 190,
      marginLeft: 44,
      x: { label: null, ticks: 4, domain: [0, totalSteps ?? points.at(-1)?.step ?? 1] as [number, number] },
      y: { label: null, grid: true, ticks: 4, ...(domain ? { domain } : { nice: true }) },
      marks,
    });
  }, [points, smoothed, level, domain, totalSteps]);
  const last = smoothed.at(-1);
  if (!last) return null;
  return (
    <figure className="section">
      <figcaption className="row">
        <h2>{title}</h2>
        <span className="soft small number">
          {figure(last.value)} at step {last.step}
        </span>
      </figcaption>
      <Chart options={options} label={`${title} by step; now ${figure(last.value)} at step ${last.step}`} />
    </figure>
  );
}
