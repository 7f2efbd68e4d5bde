import type { StoredComparison } from '@bradley/arena-contract';
import { useCallback, useState } from 'react';
import { restoreComparison, withdrawComparison } from '../../api/comparisons.js';
import { Dialog } from '../../ui/dialog.js';
import { useAction } from '../../ui/use-action.js';
import { Reason } from './reason.js';

export function WithdrawDialog({
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
  const [reason, setReason] = useState('');
  const { id, withdrawn } = comparison;
  const action = useAction(
    useCallback(
      async () => onDone(await (withdrawn ? restoreComparison : withdrawComparison)(project, id, reason)),
      [project, id, withdrawn, reason, onDone],
    ),
  );
  return (
    <Dialog
      title={withdrawn ? 'Restore this comparison?' : 'Withdraw this comparison?'}
      act={withdrawn ? 'Restore' : 'Withdraw'}
      {...{ action, onClose }}
      ready={reason.trim() !== ''}
    >
      <p className="soft">
        {withdrawn
          ? 'It counts again, in results, exports and trainings.'
          : 'It counts no more, in results, exports and trainings. It is kept, and can be restored.'}
      </p>
      <Reason value={reason} onChange={setReason} />
    </Dialog>
  );
}
