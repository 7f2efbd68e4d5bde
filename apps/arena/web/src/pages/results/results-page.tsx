import './results.css';
import type { Project, Statistics } from '@bradley/arena-contract';
import { useState } from 'react';
import { Link } from 'wouter';
import { loadStatistics } from '../../api/insight.js';
import { projectPath } from '../../shell/sections.js';
import { useLoaded } from '../../ui/use-loaded.js';
import { WhenLoaded } from '../../ui/when-loaded.js';
import { Agreement } from './agreement.js';
import { Leaderboard } from './leaderboard.js';
import { Overview } from './overview.js';
import { PerDay } from './per-day.js';
import { PerRater } from './per-rater.js';
import { PositionBias } from './position-bias.js';

/** What the comparisons of a project say, and how far one may believe them. */
export function ResultsPage({ project }: { project: Project }) {
  const statistics = useLoaded(project.id, () => loadStatistics(project.id));
  return (
    <main id="main" className="page" tabIndex={-1}>
      <title>{`Results · ${project.name} · Bradley`}</title>
      <div className="page-head">
        <div>
          <h1>Results</h1>
          <p className="soft">What was chosen in {project.name}, and how far it can be relied on.</p>
        </div>
        <button type="button" className="button compact" onClick={() => void statistics.reload()}>
          Count again
        </button>
      </div>
      <WhenLoaded of={statistics} what="the results">
        {(value) => (value.comparisons === 0 ? <Empty project={project} /> : <Found {...{ project, value }} />)}
      </WhenLoaded>
    </main>
  );
}

function Empty({ project }: { project: Project }) {
  return (
    <section className="card">
      <h2>Nothing was compared yet</h2>
      <p className="soft">Results appear with the first choices, and their intervals narrow with every further one.</p>
      <div className="row">
        {project.role !== 'viewer' && (
          <Link href={projectPath(project)} className="button primary">
            Begin to choose
          </Link>
        )}
        {project.role === 'owner' && (
          <Link href={projectPath(project, 'data')} className="button">
            Import comparisons
          </Link>
        )}
      </div>
    </section>
  );
}

function Found({ project, value }: { project: Project; value: Statistics }) {
  const asked = value.questions.map(({ id }) => id);
  const [chosen, setChosen] = useState<string | null>(null);
  const question = value.questions.find(({ id }) => id === chosen) ?? value.questions[0];
  const textOf = (id: string): string => project.settings.questions.find((one) => one.id === id)?.text ?? id;
  return (
    <>
      <Overview statistics={value} />
      {asked.length > 1 && (
        <label className="row">
          <span className="label">Question</span>
          <select className="input select" value={question?.id} onChange={({ target }) => setChosen(target.value)}>
            {asked.map((id) => (
              <option key={id} value={id}>
                {textOf(id)}
              </option>
            ))}
          </select>
        </label>
      )}
      {question && (
        <>
          <Leaderboard key={`${question.id} ${value.comparisons}`} project={project.id} question={question.id} />
          <div className="columns">
            <Agreement alpha={question.alpha} />
            <PositionBias first={question.first} />
          </div>
        </>
      )}
      <PerDay days={value.perDay} />
      <PerRater raters={value.perRater} />
    </>
  );
}
