import type { Project } from '@bradley/arena-contract';
import { useCallback, useState } from 'react';
import { useSession } from '../../shell/session.js';
import { Fold } from '../../ui/fold.js';
import { Problem } from '../../ui/problem.js';
import { ProgressBar } from '../../ui/progress-bar.js';
import { count, whole } from '../../ui/say.js';
import { useAction } from '../../ui/use-action.js';
import { type ChosenFile, sendTasks, type Test, tasksFor } from './send-tasks.js';
import { type Plan, tasksOfFiles } from './tasks-of-files.js';
import { TestChoice } from './test-choice.js';

const nouns = { image: 'pictures', text: 'texts (.txt)', audio: 'recordings', video: 'videos' } as const;

/** Things to be compared, from a folder with a folder for each model. */
export function AddTasks({ project }: { project: Project }) {
  const { reload } = useSession();
  const { modality, candidates } = project.settings;
  const [plan, setPlan] = useState<Plan<ChosenFile> | null>(null);
  const [test, setTest] = useState<Test | null>(null);
  const [progress, setProgress] = useState<{ done: number; total: number } | null>(null);
  const [added, setAdded] = useState<number | null>(null);
  const { run, busy, problem } = useAction(
    useCallback(async () => {
      if (!plan) return;
      try {
        setAdded(
          await sendTasks(project.id, modality, plan.tasks, test, (done, total) => setProgress({ done, total })),
        );
        setPlan(null);
        await reload();
      } finally {
        setProgress(null);
      }
    }, [plan, test, project.id, modality, reload]),
  );
  const choose = (files: FileList | null): void => {
    const chosen = [...(files ?? [])].map((file) => ({ path: file.webkitRelativePath, file }));
    setAdded(null);
    setTest(null);
    setPlan(tasksOfFiles(chosen, candidates));
  };
  return (
    <section className="card" aria-labelledby="add-tasks">
      <h2 id="add-tasks">Things to compare</h2>
      <p className="soft">
        Choose a folder of {nouns[modality]} that has a folder for each model. Files of the same name become one task,
        and the name says the prompt: <code>model-a/red-fox.png</code> and <code>model-b/red-fox.png</code>.{' '}
        {project.tasks > 0 && `The project has ${count(project.tasks, 'task')}.`}
      </p>
      <div className="row">
        <label className={busy ? 'button disabled' : 'button'}>
          Choose a folder
          <input
            ref={(input) => input?.setAttribute('webkitdirectory', '')}
            className="unseen"
            type="file"
            multiple
            disabled={busy}
            onChange={({ target }) => {
              choose(target.files);
              target.value = '';
            }}
          />
        </label>
        {added !== null && <p role="status">{count(added, 'task')} added.</p>}
      </div>
      {plan && (
        <div className="section" role="status">
          <p>
            {plan.tasks.length === 0
              ? 'No task: no two folders have a file of the same name.'
              : `${count(plan.tasks.length, 'task')} of ${count(plan.models.length, 'model')}: ${plan.models.join(', ')}.`}
          </p>
          {plan.leftOut.length > 0 && (
            <Fold says={`${whole(plan.leftOut.length)} left out: no partner, or the same name twice`}>
              <ul className="small">
                {plan.leftOut.slice(0, 100).map((path) => (
                  <li key={path}>{path}</li>
                ))}
              </ul>
            </Fold>
          )}
        </div>
      )}
      {plan && plan.tasks.length > 0 && <TestChoice models={plan.models} test={test} onChange={setTest} />}
      {progress && <ProgressBar {...progress} label="Files that have arrived" />}
      <Problem>{problem}</Problem>
      {plan && plan.tasks.length > 0 && (
        <div className="row">
          <button type="button" className="button primary" disabled={busy} onClick={() => void run()}>
            {busy ? 'Adding…' : `Add ${count(tasksFor(plan.tasks, test).length, 'task')}`}
          </button>
        </div>
      )}
    </section>
  );
}
