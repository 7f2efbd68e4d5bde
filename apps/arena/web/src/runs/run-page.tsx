import './runs.css';
import type { Run } from '@bradley/arena-contract';
import { Link } from 'wouter';
import { ApiError } from '../api/request.js';
import type { Steering } from '../api/runs.js';
import { NotFound } from '../pages/not-found.js';
import { Problem } from '../ui/problem.js';
import { AllMetrics } from './all-metrics.js';
import { LoraLinks } from './lora-links.js';
import { RunCurves } from './run-curves.js';
import { RunProgress } from './run-progress.js';
import { series } from './series.js';
import { StatusTag } from './status-tag.js';
import { useRunLog } from './use-run-log.js';
import { useSteering } from './use-steering.js';

/** What stands last in a path; of a snapshot, which lies in a folder for each version, its name and that. */
function lastOf(path: string | null): string | undefined {
  const [last, before] = path?.split(/[/\\]/).filter(Boolean).reverse() ?? [];
  return before !== undefined && /^\d+$/.test(last ?? '') ? `${before}@${last}` : last;
}

/** What can be asked of a run, by its status. */
const steering: Readonly<
  Record<Run['status'], readonly { readonly action: Steering; readonly says: string; readonly asked: string }[]>
> = {
  new: [],
  running: [
    { action: 'pause', says: 'Pause', asked: 'Pausing…' },
    { action: 'stop', says: 'Stop', asked: 'Stopping…' },
  ],
  paused: [
    { action: 'continue', says: 'Continue', asked: 'Continuing…' },
    { action: 'stop', says: 'Stop', asked: 'Stopping…' },
  ],
  stopped: [{ action: 'resume', says: 'Resume', asked: 'Resuming…' }],
  interrupted: [{ action: 'resume', says: 'Resume', asked: 'Resuming…' }],
  failed: [{ action: 'resume', says: 'Resume', asked: 'Resuming…' }],
  finished: [],
};

/** One run, live. */
export function RunPage({ id }: { id: string }) {
  const log = useRunLog(id);
  const { run, records, problem, again } = log;
  const steer = useSteering(id, run?.status, again);
  if (problem instanceof ApiError && problem.status === 404) return <NotFound what="run" />;
  return (
    <main id="main" className="page">
      <title>{`${id} · Bradley`}</title>
      <div className="page-head">
        <div>
          <Link href="/runs" className="small">
            All runs
          </Link>
          <h1>{id}</h1>
          {run && (
            <p className="soft small">
              <StatusTag status={run.status} />{' '}
              <span title={[run.model, run.data].join('\n')}>
                {[run.objective, lastOf(run.model), lastOf(run.data)].filter(Boolean).join(' · ')}
              </span>
            </p>
          )}
        </div>
        <div className="row">
          {run &&
            steering[run.status].map(({ action, says, asked }) => (
              <button
                key={action}
                type="button"
                className="button"
                disabled={steer.busy || steer.isAsked(action)}
                onClick={() => void steer.run(action)}
              >
                {steer.isAsked(action) ? asked : says}
              </button>
            ))}
          {run && <LoraLinks run={run} />}
        </div>
      </div>
      <Problem>{steer.problem ?? (problem instanceof Error ? problem.message : null)}</Problem>
      <RunProgress log={log} />
      {run?.log && (
        <p className="small">
          <a href={run.log}>What it printed</a>
        </p>
      )}
      <RunCurves records={records} totalSteps={run?.totalSteps ?? null} />
      {run?.validation && (
        <Page title="Validation pictures" address={run.validation} version={series(records, 'heldOutLoss').length} />
      )}
      {run?.report && <Page title="Report" address={run.report} version={0} />}
      <AllMetrics records={records} />
    </main>
  );
}

/** A page that the run wrote, loaded again with each version: it may run its own scripts, but in an origin of its own. */
function Page({ title, address, version }: { title: string; address: string; version: number }) {
  return (
    <section className="section" aria-label={title}>
      <div className="row">
        <h2>{title}</h2>
        <a href={address} target="_blank" rel="noreferrer" className="small">
          In a window of its own
        </a>
      </div>
      <iframe key={version} className="run-frame" title={title} src={address} sandbox="allow-scripts" loading="lazy" />
    </section>
  );
}
