import { ProgressBar } from '../ui/progress-bar.js';
import { duration, whole } from '../ui/say.js';
import type { RunLog } from './run-log.js';
import { pace } from './series.js';

/** How far a run is, how fast it goes and how long it still takes. */
export function RunProgress({ log }: { log: RunLog }) {
  const { run, records } = log;
  if (!run) return <p className="soft">Waiting for the run…</p>;
  const step = Math.max(run.step, records.at(-1)?.step ?? 0);
  const { totalSteps } = run;
  const speed = pace(records, totalSteps);
  const goesOn = run.status === 'running' && run.doing === null && speed !== null;
  return (
    <div className="section">
      <ProgressBar done={step} total={totalSteps ?? Math.max(1, step)} label="Steps" />
      <p className="small soft number">
        {run.doing ?? says(run.status, step, totalSteps)}
        {goesOn && `, ${duration(speed.perStep)} a step`}
        {goesOn && speed.left !== null && `, ${duration(speed.left)} left`}
      </p>
      {run.error && (
        <div className="notice wrong" role="alert">
          {run.error}
        </div>
      )}
    </div>
  );
}

function says(status: string, step: number, totalSteps: number | null): string {
  if (step === 0 && (status === 'new' || status === 'running')) return 'Getting ready';
  return `Step ${whole(step)}${totalSteps === null ? '' : ` of ${whole(totalSteps)}`}`;
}
