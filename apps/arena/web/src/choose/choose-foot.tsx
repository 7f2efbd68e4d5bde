import type { Project } from '@bradley/arena-contract';
import { type ReactNode, useEffect } from 'react';
import { Link } from 'wouter';
import { loadTaste, loadVerdict } from '../api/taste.js';
import { projectPath } from '../shell/sections.js';
import { ProgressBar } from '../ui/progress-bar.js';
import { useLoaded } from '../ui/use-loaded.js';
import { OwnPrompt } from './own-prompt.js';
import { doneSoFar, type Queue } from './queue.js';

/** How far one is, and what one may ask for. */
export function ChooseFoot({ project, queue, onAsked }: { project: Project; queue: Queue; onAsked: () => void }) {
  if (project.draws && project.role === 'owner') return <TasteFoot project={project} queue={queue} onAsked={onAsked} />;
  if (project.verdictOf) return <VerdictFoot project={project} queue={queue} />;
  const done = doneSoFar(queue);
  const open = queue.server?.open ?? 0;
  return (
    <footer className="choose-foot">
      <Progress done={done} total={done + Math.max(open, queue.ready.length) + (queue.server?.drawing ?? 0)}>
        {done} done, {open} to go
      </Progress>
    </footer>
  );
}

/** The size of a judgement is decided before its first picture is drawn. */
function VerdictFoot({ project, queue }: { project: Project; queue: Queue }) {
  const verdict = useLoaded(project.id, () => loadVerdict(project.id));
  const total = verdict.value?.total;
  return (
    <footer className="choose-foot">
      {total === undefined ? (
        <div className="choose-progress" />
      ) : (
        <Progress done={doneSoFar(queue)} total={total}>
          {doneSoFar(queue)} of {total}
        </Progress>
      )}
      <p className="soft small">
        Blind: one of the two is drawn by the model that learnt your taste, the other by the one before.
      </p>
      <Link href={projectPath(project, 'verdict')} className="button compact plain">
        The verdict
      </Link>
    </footer>
  );
}

function Progress({ done, total, children }: { done: number; total: number; children: ReactNode }) {
  return (
    <div className="choose-progress">
      <ProgressBar done={done} total={Math.max(1, total)} label="Choices" />
      <span className="number">{children}</span>
    </div>
  );
}

function TasteFoot({ project, queue, onAsked }: { project: Project; queue: Queue; onAsked: () => void }) {
  const taste = useLoaded(project.id, () => loadTaste(project.id));
  const acknowledged = queue.server?.done;
  const { reload } = taste;
  // biome-ignore lint/correctness/useExhaustiveDependencies: counted anew with each acknowledged choice
  useEffect(() => void reload(), [acknowledged, reload]);
  if (!taste.value) return <footer className="choose-foot" />;
  const { choices, advised, suggestions } = taste.value;
  const enough = choices >= advised;
  return (
    <footer className="choose-foot">
      <div className="choose-progress">
        <ProgressBar done={Math.min(choices, advised)} total={advised} label="Choices before training" />
        {enough ? (
          <div className="row">
            <Link href="/taste" className="button primary compact">
              Train on my taste
            </Link>
            <span>
              <strong className="number">{choices}</strong> choices. Or go on: more teach more.
            </span>
          </div>
        ) : (
          <span className="number">
            {choices} of {advised}; then Bradley can learn your taste
          </span>
        )}
      </div>
      <OwnPrompt project={project} suggestions={suggestions} onAsked={onAsked} />
    </footer>
  );
}
