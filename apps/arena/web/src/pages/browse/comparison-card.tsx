import type { Project, StoredComparison } from '@bradley/arena-contract';
import { useCallback, useState } from 'react';
import { setKnownAnswer } from '../../api/comparisons.js';
import { Problem } from '../../ui/problem.js';
import { count, duration, when } from '../../ui/say.js';
import { useAction } from '../../ui/use-action.js';
import { CandidateView } from './candidate-view.js';
import { CorrectDialog } from './correct-dialog.js';
import { KnownDialog } from './known-dialog.js';
import { placesOf, sayOutcome } from './outcomes.js';
import { WithdrawDialog } from './withdraw-dialog.js';

const purposes: Partial<Record<StoredComparison['purpose'], string>> = {
  gold: 'answer known',
  attention: 'attention check',
  repeat: 'repeated',
};

const tests = { gold: 'known answer', attention: 'attention check' } as const;

export function ComparisonCard({
  project,
  comparison,
  onChanged,
}: {
  project: Project;
  comparison: StoredComparison;
  onChanged: (changed: StoredComparison) => void;
}) {
  const [asking, setAsking] = useState<'correct' | 'withdraw' | 'known' | null>(null);
  const { candidates, withdrawn, purpose, corrections, known, at, milliseconds } = comparison;
  const places = placesOf(comparison);
  const question = project.settings.questions.find(({ id }) => id === comparison.question)?.text ?? comparison.question;
  const done = (changed: StoredComparison): void => {
    onChanged(changed);
    setAsking(null);
  };
  const ordinary = useAction(
    useCallback(
      async () => onChanged(await setKnownAnswer(project.id, comparison.id, null)),
      [project.id, comparison.id, onChanged],
    ),
  );
  const dialog = { project: project.id, comparison, onDone: done, onClose: () => setAsking(null) };
  return (
    <article
      className={withdrawn ? 'card comparison withdrawn' : 'card comparison'}
      id={`comparison-${comparison.id}`}
      tabIndex={-1}
      aria-label={`${comparison.prompt}: ${sayOutcome(comparison)}`}
    >
      <div className="row">
        <h2 className="comparison-prompt">{comparison.prompt}</h2>
        {withdrawn && <span className="tag failed">withdrawn</span>}
        {purposes[purpose] && <span className="tag">{purposes[purpose]}</span>}
        {known && (
          <span className="tag lively">{`${tests[known.purpose]}: ${sayOutcome({ candidates, outcome: known.expected })}`}</span>
        )}
        {corrections > 0 && <span className="tag lively">corrected {count(corrections, 'time')}</span>}
      </div>
      <div className={candidates.some(isText) ? 'comparison-candidates of-texts' : 'comparison-candidates'}>
        {candidates.map((candidate, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: candidates have no other name, and stay
          <CandidateView key={index} candidate={candidate} place={places[index] ?? null} index={index} />
        ))}
      </div>
      <div className="comparison-facts">
        <strong>{sayOutcome(comparison)}</strong>
        <span>{question}</span>
        <span>{comparison.raterName ?? 'by nobody known'}</span>
        {at && <time dateTime={at}>{when(at)}</time>}
        {milliseconds !== null && <span>in {duration(milliseconds / 1000)}</span>}
      </div>
      <div className="row">
        <button type="button" className="button compact" onClick={() => setAsking('correct')}>
          Correct
        </button>
        <button type="button" className="button compact" onClick={() => setAsking('withdraw')}>
          {withdrawn ? 'Restore' : 'Withdraw'}
        </button>
        {known ? (
          <button type="button" className="button compact" disabled={ordinary.busy} onClick={() => void ordinary.run()}>
            No longer test with it
          </button>
        ) : (
          <button type="button" className="button compact" onClick={() => setAsking('known')}>
            Test raters with it
          </button>
        )}
      </div>
      <Problem>{ordinary.problem}</Problem>
      {asking === 'known' && <KnownDialog {...dialog} project={project} />}
      {asking === 'correct' && <CorrectDialog {...dialog} />}
      {asking === 'withdraw' && <WithdrawDialog {...dialog} />}
    </article>
  );
}

const isText = ({ address, media }: StoredComparison['candidates'][number]): boolean =>
  address === null && !/^https?:|^[0-9a-f]{64}$/.test(media);
