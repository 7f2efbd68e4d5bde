import './runs.css';
import type { Run } from '@bradley/arena-contract';
import { useState } from 'react';
import { Link } from 'wouter';
import { listRuns, loadCurves } from '../api/runs.js';
import { useSession } from '../shell/session.js';
import { figure, when, whole } from '../ui/say.js';
import { useLoaded } from '../ui/use-loaded.js';
import { WhenLoaded } from '../ui/when-loaded.js';
import { CompareRuns } from './compare-runs.js';
import { NewRun } from './new-run.js';
import { Sparkline } from './sparkline.js';
import { StatusTag } from './status-tag.js';

/** The server tells the curves of so many runs at once. */
const mostAtOnce = 20;

/** All runs, those that go on and those that ended. */
export function RunsPage() {
  const { me } = useSession();
  const runs = useLoaded('runs', listRuns, 4000);
  const ids = runs.value?.slice(0, mostAtOnce).map(({ id }) => id) ?? [];
  const curves = useLoaded(ids.join('\n'), async () => (ids.length === 0 ? { runs: [] } : loadCurves(ids, 60)), 8000);
  const [compared, setCompared] = useState<readonly string[]>([]);
  const lossOf = (id: string) => curves.value?.runs.find(({ run }) => run === id)?.curves.loss ?? [];
  return (
    <main id="main" className="page">
      <title>Runs · Bradley</title>
      <h1>Runs</h1>
      <WhenLoaded of={runs} what="the runs">
        {(all) =>
          all.length === 0 ? (
            <p className="soft">Nothing was trained here yet.</p>
          ) : (
            <div className="table-frame">
              <table className="table runs-table">
                <thead>
                  <tr>
                    <th scope="col">
                      <span className="unseen">Compare</span>
                    </th>
                    <th scope="col">Run</th>
                    <th scope="col">Status</th>
                    <th scope="col" className="number">
                      Step
                    </th>
                    <th scope="col">Loss</th>
                    <th scope="col">Objective</th>
                    <th scope="col">Changed</th>
                  </tr>
                </thead>
                <tbody>
                  {all.map((run) => (
                    <RunRow
                      key={run.id}
                      run={run}
                      loss={lossOf(run.id)}
                      isCompared={compared.includes(run.id)}
                      onCompare={(is) =>
                        setCompared(is ? [...compared, run.id] : compared.filter((id) => id !== run.id))
                      }
                    />
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </WhenLoaded>
      {compared.length > 1 && <CompareRuns ids={compared} />}
      {compared.length === 1 && <p className="soft">Check another run to compare the two.</p>}
      {me.mode === 'local' && <NewRun />}
    </main>
  );
}

function RunRow({
  run,
  loss,
  isCompared,
  onCompare,
}: {
  run: Run;
  loss: readonly (readonly [number, number])[];
  isCompared: boolean;
  onCompare: (is: boolean) => void;
}) {
  const { id, status, step, totalSteps, objective, updatedAt } = run;
  const last = loss.at(-1)?.[1];
  return (
    <tr>
      <td>
        <input
          type="checkbox"
          aria-label={`Compare ${id}`}
          checked={isCompared}
          onChange={({ target }) => onCompare(target.checked)}
        />
      </td>
      <th scope="row">
        <Link href={`/runs/${encodeURIComponent(id)}`}>{id}</Link>
      </th>
      <td>
        <StatusTag status={status} />
      </td>
      <td className="number">
        {whole(step)}
        {totalSteps !== null && ` of ${whole(totalSteps)}`}
      </td>
      <td>{last !== undefined && <Sparkline points={loss} label={`Loss, now ${figure(last)}`} />}</td>
      <td>{objective}</td>
      <td className="soft small">{updatedAt && when(updatedAt)}</td>
    </tr>
  );
}
