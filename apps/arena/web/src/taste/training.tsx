import type { Taste } from '@bradley/arena-contract';
import { useCallback, useEffect } from 'react';
import { Link, useLocation } from 'wouter';
import { startVerdict } from '../api/taste.js';
import { LoraLinks } from '../runs/lora-links.js';
import { RunCurves } from '../runs/run-curves.js';
import { RunProgress } from '../runs/run-progress.js';
import { StatusTag } from '../runs/status-tag.js';
import { useRunLog } from '../runs/use-run-log.js';
import { useSteering } from '../runs/use-steering.js';
import { useSession } from '../shell/session.js';
import { Problem } from '../ui/problem.js';
import { count } from '../ui/say.js';
import { useAction } from '../ui/use-action.js';

type OneTraining = Taste['trainings'][number];

/** One training: live while it goes on, then the way to its verdict. */
export function Training({
  training,
  open,
  onChange,
}: {
  training: OneTraining;
  open: boolean;
  onChange: () => Promise<void>;
}) {
  if (open) return <OpenTraining training={training} onChange={onChange} />;
  return (
    <section className="card" aria-label={training.run}>
      <div className="row">
        <h2>
          <Link href={`/runs/${encodeURIComponent(training.run)}`}>{training.run}</Link>
        </h2>
        <StatusTag status={training.status} />
        <span className="soft small">{count(training.choices, 'choice')}</span>
        {training.verdict && <Link href={`/p/${encodeURIComponent(training.verdict)}/verdict`}>Verdict</Link>}
      </div>
    </section>
  );
}

function OpenTraining({ training, onChange }: { training: OneTraining; onChange: () => Promise<void> }) {
  const { run: id, verdict, choices } = training;
  const log = useRunLog(id);
  const status = log.run?.status ?? training.status;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another status changes what the list says
  useEffect(() => void onChange(), [status, onChange]);
  const steer = useSteering(id, status, log.again);
  const isPaused = status === 'paused';
  const goOn = isPaused ? 'continue' : 'resume';
  const goesOn = status === 'running' || status === 'new';
  return (
    <section className="card" aria-label={id}>
      <div className="row">
        <h2>{goesOn ? 'Bradley is learning your taste' : 'The last training'}</h2>
        <StatusTag status={status} />
        <span className="soft small">
          {count(choices, 'choice')} · <Link href={`/runs/${encodeURIComponent(id)}`}>{id}</Link>
        </span>
      </div>
      <RunProgress log={log} />
      <RunCurves records={log.records} totalSteps={log.run?.totalSteps ?? null} />
      {goesOn && (
        <p className="small soft">
          Implicit accuracy is how often the model, as it learns, prefers what you chose among the pairs that it learns
          from. Whether it draws better pictures, only you can tell.
        </p>
      )}
      <Problem>{steer.problem}</Problem>
      <div className="row">
        {status === 'finished' && <SeeForYourself run={id} verdict={verdict} />}
        {(goesOn || isPaused) && (
          <button
            type="button"
            className="button"
            disabled={steer.busy || steer.isAsked('stop')}
            onClick={() => void steer.run('stop')}
          >
            {steer.isAsked('stop') ? 'Stopping…' : 'Stop'}
          </button>
        )}
        {['stopped', 'interrupted', 'paused', 'failed'].includes(status) && (
          <button
            type="button"
            className="button"
            disabled={steer.busy || steer.isAsked(goOn)}
            onClick={() => void steer.run(goOn)}
          >
            Go on with it
          </button>
        )}
        {log.run && <LoraLinks run={log.run} />}
      </div>
    </section>
  );
}

function SeeForYourself({ run, verdict }: { run: string; verdict: string | null }) {
  const { reload } = useSession();
  const [, go] = useLocation();
  const begin = useAction(
    useCallback(async () => {
      const { project } = await startVerdict(run);
      await reload();
      go(`/p/${encodeURIComponent(project)}`);
    }, [run, reload, go]),
  );
  if (verdict)
    return (
      <Link href={`/p/${encodeURIComponent(verdict)}/verdict`} className="button primary">
        The verdict
      </Link>
    );
  return (
    <>
      <button type="button" className="button primary" disabled={begin.busy} onClick={() => void begin.run()}>
        See for yourself
      </button>
      <span className="small soft">You choose blindly between pictures from before and after.</span>
      <Problem>{begin.problem}</Problem>
    </>
  );
}
