import './taste.css';
import type { Project, Verdict } from '@bradley/arena-contract';
import { useCallback } from 'react';
import { Link, useLocation } from 'wouter';
import { loadRun } from '../api/runs.js';
import { loadVerdict, moreVerdict } from '../api/taste.js';
import { LoraLinks } from '../runs/lora-links.js';
import { projectPath } from '../shell/sections.js';
import { IntervalBar } from '../ui/interval-bar.js';
import { Problem } from '../ui/problem.js';
import { ProgressBar } from '../ui/progress-bar.js';
import { count, percent } from '../ui/say.js';
import { useAction } from '../ui/use-action.js';
import { useLoaded } from '../ui/use-loaded.js';
import { WhenLoaded } from '../ui/when-loaded.js';
import { BeforeAfter } from './before-after.js';

/** Whether the training can be seen, by the eyes that it was for: told only once all is chosen. */
export function VerdictPage({ project }: { project: Project }) {
  const verdict = useLoaded(project.id, () => loadVerdict(project.id));
  return (
    <main id="main" className="page">
      <title>Verdict · Bradley</title>
      <WhenLoaded of={verdict} what="the verdict">
        {(value) =>
          value.result ? (
            <Told project={project} verdict={value} result={value.result} />
          ) : (
            <NotYet project={project} verdict={value} />
          )
        }
      </WhenLoaded>
    </main>
  );
}

function NotYet({ project, verdict: { done, total, drawing, problem } }: { project: Project; verdict: Verdict }) {
  return (
    <>
      <h1>Not told yet</h1>
      <section className="card">
        <ProgressBar done={done} total={total} label="Choices" />
        <p>
          {done} of {total} pairs are chosen. Which picture is from before and which from after is told when all are, so
          that knowing it does not lead you.
          {drawing > 0 && ` ${count(drawing, 'pair')} still ${drawing === 1 ? 'is' : 'are'} being drawn.`}
        </p>
        <Problem>{problem}</Problem>
        <div className="row">
          <Link className="button primary" href={projectPath(project)}>
            Go on choosing
          </Link>
        </div>
      </section>
    </>
  );
}

function Told({
  project,
  verdict,
  result,
}: {
  project: Project;
  verdict: Verdict;
  result: NonNullable<Verdict['result']>;
}) {
  const { after, undecided, decided, needed, says, trained, unseen, later, pictures } = result;
  const [, first = says, rest = ''] = /^(.*?[.!])\s+(.*)$/s.exec(says) ?? [];
  const run = useLoaded(verdict.run, () => loadRun(verdict.run));
  return (
    <>
      <div className="verdict-says">
        <p className="label">{decided ? 'The verdict' : 'The verdict: cannot be told yet'}</p>
        <h1>{first}</h1>
        {rest && <p>{rest}</p>}
      </div>
      <section className="card" aria-label="The numbers">
        <IntervalBar share={after} label="Choices won by the trained model" />
        <dl className="facts">
          <div className="fact">
            <dt>Won by the trained model</dt>
            <dd>
              {after.count} of {after.total}
            </dd>
            <dd className="small">
              95 % interval: {percent(after.low)} to {percent(after.high)}
            </dd>
          </div>
          <div className="fact">
            <dt>Undecided</dt>
            <dd>{undecided}</dd>
            <dd className="small">ties and both bad</dd>
          </div>
          {!decided && (
            <div className="fact">
              <dt>Would tell</dt>
              <dd>{needed === null ? 'no number' : count(needed, 'choice')}</dd>
              <dd className="small">
                {needed === null
                  ? 'as even as it is now, more of them would not tell'
                  : 'in all, if the share stays as it is'}
              </dd>
            </div>
          )}
        </dl>
        <OfTheRest trained={trained} unseen={unseen} later={later} />
        <div className="row">
          <Link href="/taste" className="button primary">
            Train again with more choices
          </Link>
          <MorePairs project={project} />
          {run.value && <LoraLinks run={run.value} />}
        </div>
      </section>
      <BeforeAfter pictures={pictures} />
    </>
  );
}

type Result = NonNullable<Verdict['result']>;

/** The same choices by their prompts, and rounds that were added once the first was told. */
function OfTheRest({ trained, unseen, later }: Pick<Result, 'trained' | 'unseen' | 'later'>) {
  const rows = [
    { name: 'Prompts that were trained on', share: trained },
    { name: 'Prompts that were not', share: unseen },
    ...later.map(({ after }, i) => ({ name: `Round ${i + 2}, added after the result was seen`, share: after })),
  ].filter(({ share }) => share.total > 0);
  if (rows.length < 2) return null;
  return (
    <ul className="small soft">
      {rows.map(({ name, share }) => (
        <li key={name}>
          {name}: {share.count} of {share.total}, {percent(share.low)} to {percent(share.high)}
        </li>
      ))}
    </ul>
  );
}

function MorePairs({ project }: { project: Project }) {
  const [, go] = useLocation();
  const more = useAction(
    useCallback(async () => {
      await moreVerdict(project.id);
      go(projectPath(project));
    }, [project, go]),
  );
  return (
    <>
      <button type="button" className="button" disabled={more.busy} onClick={() => void more.run()}>
        Judge ten more
      </button>
      <Problem>{more.problem}</Problem>
    </>
  );
}
