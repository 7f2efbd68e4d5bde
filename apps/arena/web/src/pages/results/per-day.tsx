import type { Statistics } from '@bradley/arena-contract';
import { axisX, axisY, gridY, type PlotOptions, rectY, ruleY } from '@observablehq/plot';
import { useCallback } from 'react';
import { Chart } from '../../charts/chart.js';
import { DataTable } from '../../ui/data-table.js';
import { Fold } from '../../ui/fold.js';
import { whole } from '../../ui/say.js';

type Day = Statistics['perDay'][number];

export function PerDay({ days }: { days: readonly Day[] }) {
  const options = useCallback((width: number) => perDayPlot(days, width), [days]);
  if (days.length === 0) return null;
  const total = days.reduce((sum, { comparisons }) => sum + comparisons, 0);
  return (
    <section className="card" aria-labelledby="per-day">
      <h2 id="per-day">Comparisons per day</h2>
      <Chart options={options} label={`Comparisons per day, ${whole(total)} in all: the same as in the table below`} />
      <Fold says="As a table">
        <DataTable
          caption="Comparisons per day"
          rows={[...days].reverse()}
          keyOf={({ day }) => day}
          columns={[
            { name: 'Day', cell: ({ day }) => day },
            { name: 'Comparisons', numeric: true, cell: ({ comparisons }) => whole(comparisons) },
          ]}
        />
      </Fold>
    </section>
  );
}

function perDayPlot(days: readonly Day[], width: number): PlotOptions {
  const rows = days.map(({ day, comparisons }) => ({ day: new Date(`${day}T00:00:00Z`), comparisons }));
  const times = rows.map(({ day }) => day.getTime());
  const dayLength = 86_400_000;
  // At least a week, so that the first day is no wall.
  const end = Math.max(...times) + dayLength;
  const start = Math.min(Math.min(...times), end - 7 * dayLength);
  return {
    height: 180,
    marginLeft: 40,
    marginRight: 8,
    x: { type: 'utc', domain: [new Date(start), new Date(end)] },
    y: { nice: true },
    marks: [
      gridY({ ticks: 4, stroke: 'var(--line)', strokeOpacity: 1 }),
      axisX({ label: null, ticks: Math.max(2, Math.round(width / 110)), tickSize: 0 }),
      axisY({ label: null, ticks: 4, tickSize: 0, tickFormat: (n: number) => (Number.isInteger(n) ? whole(n) : '') }),
      rectY(rows, { x: 'day', interval: 'day', y: 'comparisons', fill: 'var(--accent)', rx: 2, inset: 0.5 }),
      ruleY([0], { stroke: 'var(--line-strong)' }),
    ],
  };
}
