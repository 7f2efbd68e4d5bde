import { type Data, lineY } from '@observablehq/plot';
import { useMemo, useState } from 'react';
import { loadCurves, loadRunFile } from '../api/runs.js';
import { Chart } from '../charts/chart.js';
import { figure } from '../ui/say.js';
import { useLoaded } from '../ui/use-loaded.js';
import { WhenLoaded } from '../ui/when-loaded.js';
import { differences, settingsOf } from './run-settings.js';
import { smooth } from './series.js';

/** Told apart by hue and by dash, for those who do not see all hues. */
const strokes = [
  { stroke: 'var(--series-1)', dash: '' },
  { stroke: 'var(--series-2)', dash: '6 3' },
  { stroke: 'var(--series-3)', dash: '2 3' },
  { stroke: 'var(--series-4)', dash: '8 3 2 3' },
  { stroke: 'var(--series-5)', dash: '1 4' },
] as const;

const strokeOf = (i: number) => strokes[i % strokes.length] ?? strokes[0];

/** The curves of several runs over each other, and in what their settings differ. */
export function CompareRuns({ ids }: { ids: readonly string[] }) {
  const [metric, setMetric] = useState('loss');
  const curves = useLoaded(ids.join('\n'), () => loadCurves(ids, 500));
  return (
    <section className="card" aria-labelledby="compare-title">
      <h2 id="compare-title">Side by side</h2>
      <WhenLoaded of={curves} what="the curves">
        {({ runs: compared }) => {
          const metrics = [...new Set(compared.flatMap((one) => Object.keys(one.curves)))];
          const lines = compared.map((one) => ({
            run: one.run,
            points: (one.curves[metric] ?? []).map(([step, value]) => ({ step, value })),
          }));
          return (
            <>
              <div className="row">
                <select
                  className="input metric-choice"
                  aria-label="Metric"
                  value={metric}
                  onChange={({ target }) => setMetric(target.value)}
                >
                  {metrics.map((name) => (
                    <option key={name}>{name}</option>
                  ))}
                </select>
                {lines.map(({ run, points }, i) => (
                  <span key={run} className="row small">
                    <svg width="28" height="8" aria-hidden="true">
                      <line
                        x1="0"
                        x2="28"
                        y1="4"
                        y2="4"
                        stroke={strokeOf(i).stroke}
                        strokeWidth="2"
                        strokeDasharray={strokeOf(i).dash}
                      />
                    </svg>
                    {run}
                    <span className="soft number">{points.length > 0 && figure(points.at(-1)?.value ?? 0)}</span>
                  </span>
                ))}
              </div>
              <Overlay metric={metric} lines={lines} />
            </>
          );
        }}
      </WhenLoaded>
      <Differences ids={ids} />
    </section>
  );
}

interface Line {
  readonly run: string;
  readonly points: readonly { readonly step: number; readonly value: number }[];
}

function Overlay({ metric, lines }: { metric: string; lines: readonly Line[] }) {
  const key = JSON.stringify([metric, lines.map(({ run, points }) => [run, points.length])]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the lines, which are new objects each time
  const options = useMemo(
    () => () => ({
      height: 300,
      marginLeft: 48,
      x: { label: null },
      y: { label: null, grid: true, nice: true },
      marks: lines.map(({ points }, i) =>
        lineY(smooth(points, Math.min(15, points.length / 6)) as Data, {
          x: 'step',
          y: 'value',
          stroke: strokeOf(i).stroke,
          strokeDasharray: strokeOf(i).dash,
          strokeWidth: 2,
        }),
      ),
    }),
    [key],
  );
  const says = lines
    .map(({ run, points }) => `${run} ends at ${figure(points.at(-1)?.value ?? Number.NaN)}`)
    .join('; ');
  return <Chart options={options} label={`${metric} by step: ${says}`} />;
}

/** In what the files differ that the runs were begun with. Where a run lies and what it is called differs always. */
function Differences({ ids }: { ids: readonly string[] }) {
  const files = useLoaded(ids.join('\n'), () => Promise.all(ids.map(loadRunFile)));
  return (
    <WhenLoaded of={files} what="their settings">
      {(texts) => {
        const differing = differences(texts.map(settingsOf)).filter(({ path }) => path !== 'output');
        if (differing.length === 0) return <p className="soft small">Their settings are the same.</p>;
        return (
          <div className="table-frame">
            <table className="table">
              <thead>
                <tr>
                  <th scope="col">Setting that differs</th>
                  {ids.map((id) => (
                    <th key={id} scope="col">
                      {id}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {differing.map(({ path, values }) => (
                  <tr key={path}>
                    <th scope="row">
                      <code>{path}</code>
                    </th>
                    {values.map((value, i) => (
                      <td key={ids[i]}>
                        {value === null ? <span className="soft">not set</span> : <code>{value}</code>}
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        );
      }}
    </WhenLoaded>
  );
}
