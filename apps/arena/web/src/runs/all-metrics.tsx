import type { MetricRecord } from '@bradley/arena-contract';
import { figure } from '../ui/say.js';
import { metricsOf, series } from './series.js';

/** Every number of a run as a table: first, lowest, highest, last. The curves' text, too. */
export function AllMetrics({ records }: { records: readonly MetricRecord[] }) {
  const metrics = metricsOf(records).filter((name) => name !== 'step');
  if (metrics.length === 0) return null;
  const remarks = records.flatMap(({ step, message, warning }) =>
    [message, warning].flatMap((text) => (typeof text === 'string' ? [{ step, text }] : [])),
  );
  return (
    <>
      {remarks.length > 0 && (
        <section className="section" aria-label="Remarks">
          <h2>Remarks</h2>
          <ul className="small">
            {remarks.slice(-20).map(({ step, text }) => (
              <li key={`${step} ${text}`}>
                <span className="soft number">Step {step}:</span> {text}
              </li>
            ))}
          </ul>
        </section>
      )}
      <details>
        <summary>All numbers</summary>
        <div className="table-frame">
          <table className="table">
            <thead>
              <tr>
                {['Metric', 'Lines', 'First', 'Lowest', 'Highest', 'Last'].map((title, i) => (
                  <th key={title} scope="col" className={i > 0 ? 'number' : ''}>
                    {title}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {metrics.map((name) => {
                const values = series(records, name).map(({ value }) => value);
                const shown = [
                  values[0] ?? 0,
                  values.reduce((a, b) => Math.min(a, b)),
                  values.reduce((a, b) => Math.max(a, b)),
                  values.at(-1) ?? 0,
                ];
                return (
                  <tr key={name}>
                    <th scope="row">{name}</th>
                    <td className="number">{values.length}</td>
                    {shown.map((value, i) => (
                      // biome-ignore lint/suspicious/noArrayIndexKey: four cells of a fixed row
                      <td key={i} className="number">
                        {figure(value)}
                      </td>
                    ))}
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      </details>
    </>
  );
}
