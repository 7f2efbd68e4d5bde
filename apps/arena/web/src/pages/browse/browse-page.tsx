import './browse.css';
import type { Project, StoredComparison } from '@bradley/arena-contract';
import { useCallback, useLayoutEffect, useState } from 'react';
import { useSearchParams } from 'wouter';
import { browseComparisons, type ComparisonPage } from '../../api/comparisons.js';
import { Problem } from '../../ui/problem.js';
import { count } from '../../ui/say.js';
import { useAction } from '../../ui/use-action.js';
import { useLoaded } from '../../ui/use-loaded.js';
import { WhenLoaded } from '../../ui/when-loaded.js';
import { ComparisonCard } from './comparison-card.js';
import { Filters, filterOf } from './filters.js';

/** Every comparison of a project, to be looked at, corrected and withdrawn. */
export function BrowsePage({ project }: { project: Project }) {
  const [search] = useSearchParams();
  const key = search.toString();
  const first = useLoaded(`${project.id} ${key}`, () => browseComparisons(project.id, filterOf(search)));
  return (
    <main id="main" className="page" tabIndex={-1}>
      <title>{`Browse · ${project.name} · Bradley`}</title>
      <div className="page-head">
        <h1>Browse</h1>
      </div>
      <Filters project={project} />
      <WhenLoaded of={first} what="the comparisons">
        {(page) => <Pages key={key} project={project} first={page} filtered={key !== ''} />}
      </WhenLoaded>
    </main>
  );
}

function Pages({ project, first, filtered }: { project: Project; first: ComparisonPage; filtered: boolean }) {
  const [search] = useSearchParams();
  const [shown, setShown] = useState(first);
  const [begin, setBegin] = useState<string>();
  const { run, busy, problem } = useAction(
    useCallback(async () => {
      if (shown.next === null) return;
      const more = await browseComparisons(project.id, { ...filterOf(search), before: shown.next });
      setShown(({ comparisons, total }) => ({
        comparisons: [...comparisons, ...more.comparisons],
        total,
        next: more.next,
      }));
      setBegin(more.comparisons[0]?.id);
    }, [project.id, search, shown.next]),
  );
  // The keyboard goes on where the new ones begin, once they are there.
  useLayoutEffect(() => {
    if (begin !== undefined) document.getElementById(`comparison-${begin}`)?.focus();
  }, [begin]);
  const replace = useCallback(
    (changed: StoredComparison) =>
      setShown((before) => ({
        ...before,
        comparisons: before.comparisons.map((one) => (one.id === changed.id ? changed : one)),
      })),
    [],
  );
  if (shown.comparisons.length === 0)
    return (
      <p className="soft" role="status">
        {filtered ? 'No comparison fits the filter.' : 'Nothing was compared yet. Choices and imports appear here.'}
      </p>
    );
  return (
    <>
      <p className="soft" role="status">
        {count(shown.total, 'comparison')}
        {filtered ? ' that fit the filter' : ''}, newest first; {shown.comparisons.length} shown.
      </p>
      <ol className="comparisons">
        {shown.comparisons.map((comparison) => (
          <li key={comparison.id}>
            <ComparisonCard project={project} comparison={comparison} onChanged={replace} />
          </li>
        ))}
      </ol>
      <Problem>{problem}</Problem>
      {shown.next !== null && (
        <div className="row">
          <button type="button" className="button" disabled={busy} onClick={() => void run()}>
            {busy ? 'Loading…' : 'Show older ones'}
          </button>
        </div>
      )}
    </>
  );
}
