import type { StoredComparison } from '@bradley/arena-contract';
import { type ReactNode, useCallback, useState } from 'react';
import { correctComparison } from '../../api/comparisons.js';
import { Dialog } from '../../ui/dialog.js';
import { useAction } from '../../ui/use-action.js';
import { kindNames } from '../results/kinds.js';
import { nameOf } from './candidate-view.js';
import { Order } from './order.js';
import { Reason } from './reason.js';

type Outcome = StoredComparison['outcome'];

/** Another outcome for a comparison: of a pair a winner, of more a ranking, or that there was none. */
export function CorrectDialog({
  project,
  comparison,
  onDone,
  onClose,
}: {
  project: string;
  comparison: StoredComparison;
  onDone: (changed: StoredComparison) => void;
  onClose: () => void;
}) {
  const { id, candidates } = comparison;
  const [outcome, setOutcome] = useState<Outcome>(comparison.outcome);
  const [reason, setReason] = useState('');
  const action = useAction(
    useCallback(
      async () => onDone(await correctComparison(project, id, { outcome, reason })),
      [project, id, outcome, reason, onDone],
    ),
  );
  const changed = JSON.stringify(outcome) !== JSON.stringify(comparison.outcome);
  return (
    <Dialog title="Correct the outcome" act="Correct" {...{ action, onClose }} ready={changed && reason.trim() !== ''}>
      <p className="soft">{comparison.prompt}</p>
      <fieldset className="choices">
        <legend className="label">What it should have been</legend>
        {candidates.map((candidate, index) => (
          <Choice
            // biome-ignore lint/suspicious/noArrayIndexKey: candidates have no other name, and stay
            key={index}
            checked={outcome.kind === 'winner' && outcome.index === index}
            onChoose={() => setOutcome({ kind: 'winner', index })}
          >
            {candidate.address && candidate.type?.startsWith('image/') && <img src={candidate.address} alt="" />}
            {nameOf(candidate, index)}
          </Choice>
        ))}
        {candidates.length > 2 && (
          <Choice
            checked={outcome.kind === 'ranking'}
            onChoose={() => setOutcome({ kind: 'ranking', order: candidates.map((_, index) => index) })}
          >
            A ranking
          </Choice>
        )}
        {outcome.kind === 'ranking' && (
          <Order
            candidates={candidates}
            order={outcome.order as number[]}
            onChange={(order) => setOutcome({ kind: 'ranking', order })}
          />
        )}
        {(['tie', 'bothBad', 'skip'] as const).map((kind) => (
          <Choice key={kind} checked={outcome.kind === kind} onChoose={() => setOutcome({ kind })}>
            {kindNames[kind]}
          </Choice>
        ))}
      </fieldset>
      <Reason value={reason} onChange={setReason} />
    </Dialog>
  );
}

function Choice({ checked, onChoose, children }: { checked: boolean; onChoose: () => void; children: ReactNode }) {
  return (
    <label className="check">
      <input type="radio" name="outcome" checked={checked} onChange={onChoose} />
      {children}
    </label>
  );
}
