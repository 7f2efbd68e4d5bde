import './taste.css';
import type { Project } from '@bradley/arena-contract';
import { useCallback } from 'react';
import { Link } from 'wouter';
import { loadTaste, startTaste } from '../api/taste.js';
import { NotFound } from '../pages/not-found.js';
import { projectPath } from '../shell/sections.js';
import { tasteProject, useSession } from '../shell/session.js';
import { Problem } from '../ui/problem.js';
import { ProgressBar } from '../ui/progress-bar.js';
import { count } from '../ui/say.js';
import { useAction } from '../ui/use-action.js';
import { useLoaded } from '../ui/use-loaded.js';
import { WhenLoaded } from '../ui/when-loaded.js';
import { Training } from './training.js';

/** From choices to a model that knows them. */
export function TastePage() {
  const { projects } = useSession();
  const project = tasteProject(projects);
  return project ? <TasteOf project={project} /> : <NotFound what="project that a taste could be learnt from" />;
}

function TasteOf({ project }: { project: Project }) {
  const taste = useLoaded(project.id, () => loadTaste(project.id), 5000);
  const { reload } = taste;
  const train = useAction(
    useCallback(async () => {
      await startTaste(project.id);
      await reload();
    }, [project.id, reload]),
  );
  return (
    <main id="main" className="page">
      <title>Your taste · Bradley</title>
      <h1>Your taste</h1>
      <WhenLoaded of={taste} what="your choices">
        {({ choices, advised, canTrain, why, trainings }) => {
          const latest = trainings.at(-1);
          const since = choices - (latest?.choices ?? 0);
          return (
            <>
              <section className="card" aria-label="Train">
                <div className="taste-count">
                  <strong className="number">{choices}</strong> <span>{choices === 1 ? 'choice' : 'choices'}</span>
                </div>
                <ProgressBar done={Math.min(choices, advised)} total={advised} label="Choices before training" />
                <p>{why ?? advice(choices, advised, latest ? since : null)}</p>
                <Problem>{train.problem}</Problem>
                <div className="row">
                  <button
                    type="button"
                    className={canTrain ? 'button primary' : 'button'}
                    disabled={!canTrain || train.busy}
                    onClick={() => void train.run()}
                  >
                    {latest ? 'Train again with all choices' : 'Train on my taste'}
                  </button>
                  <Link href={projectPath(project)} className="button">
                    {choices < advised ? 'Go on choosing' : 'Choose some more'}
                  </Link>
                </div>
              </section>
              {[...trainings].reverse().map((training, i) => (
                <Training key={training.run} training={training} open={i === 0} onChange={reload} />
              ))}
            </>
          );
        }}
      </WhenLoaded>
    </main>
  );
}

/** What can honestly be expected, where one can train. */
function advice(choices: number, advised: number, since: number | null): string {
  if (choices < advised)
    return `Bradley can begin now, but ${choices} are few: ${advised} are advised, and below that what it learns may not be seen.`;
  if (since !== null && since <= 0) return 'All of your choices are in the last training. More choices teach more.';
  if (since !== null) return `${count(since, 'choice')} came since the last training.`;
  return 'Bradley trains a small addition to the model, a LoRA, on this computer. It takes some minutes.';
}
