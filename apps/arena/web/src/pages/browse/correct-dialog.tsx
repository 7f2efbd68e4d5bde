import type { StoredComparison } from '@bradley/arena-contract';
import { useCallback, useState } from 'react';
import { correctComparison } from '../../api/comparisons.js';
import { Dialog } from '../../ui/dialog.js';
import { useAction } from '../../ui/use-action.js';
import { OutcomeChoices } from './outcome-choices.js';
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
      <OutcomeChoices
        says="What it should have been"
        {...{ candidates, outcome }}
        others={['tie', 'bothBad', 'skip']}
        onChange={setOutcome}
      />
      <Reason value={reason} onChange={setReason} />
    </Dialog>
  );
}
